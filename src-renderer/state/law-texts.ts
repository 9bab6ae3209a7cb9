import type { FormulaReport, FrontEntry } from '../../src-shared/contract.ts'
import type { MeasuredModel } from './models.ts'
import { fixed } from '../parts/numbers.ts'

type Texts = { label: string; text: string | undefined }[]

/** A law in each language that it is printed in, for a copy menu. */
export function lawTexts(formula: FormulaReport, model: MeasuredModel | undefined): Texts {
  const { text, latex, python, sympy, julia, c } = formula
  const { mae, ci95, constants, complexity } = model ?? {}
  return [
    ...languages(formula),
    { label: 'JSON', text: json({ text, latex, python, sympy, julia, c, complexity, constants, mae, ci95 }) }
  ]
}

/** A model that is a law, without programs. */
export function modelTexts({ text, latex, complexity, constants, mae, ci95 }: MeasuredModel): Texts {
  return [
    { label: 'Text', text },
    { label: 'LaTeX', text: latex },
    { label: 'JSON', text: json({ text, latex, complexity, constants, mae, ci95 }) }
  ]
}

export function entryTexts(entry: FrontEntry): Texts {
  const { text, latex, python, sympy, julia, c, ...rest } = entry
  return [...languages(entry), { label: 'JSON', text: json({ text, latex, python, sympy, julia, c, ...rest }) }]
}

type Printed = Pick<FormulaReport, 'text' | 'latex'> & Partial<Pick<FormulaReport, 'python' | 'sympy' | 'julia' | 'c'>>

function languages({ text, latex, python, sympy, julia, c }: Printed): Texts {
  return [
    { label: 'Text', text },
    { label: 'LaTeX', text: latex },
    { label: 'Python (NumPy)', text: python },
    { label: 'SymPy', text: sympy },
    { label: 'Julia', text: julia },
    { label: 'C', text: c }
  ]
}

export function frontTexts(entries: readonly FrontEntry[]): Texts {
  return [
    { label: 'LaTeX table', text: frontLatex(entries) },
    { label: 'JSON', text: json(entries) },
    { label: 'Text', text: entries.map(({ complexity, loss, text }) => `${complexity}\t${loss}\t${text}`).join('\n') }
  ]
}

/** The front as a LaTeX table (booktabs): complexity, loss, score, and the formula. */
function frontLatex(entries: readonly FrontEntry[]): string {
  const number = (value: number): string => `$${fixed(value, 4).replaceAll('−', '-')}$`
  return [
    '% needs \\usepackage{amsmath} and \\usepackage{booktabs}',
    '\\begin{tabular}{rrrl}',
    '  \\toprule',
    '  Complexity & Loss & Score & Formula \\\\',
    '  \\midrule',
    ...entries.map(
      ({ complexity, loss, score, latex }) =>
        `  ${complexity} & ${number(loss)} & ${number(score)} & $\\displaystyle ${latex}$ \\\\`
    ),
    '  \\bottomrule',
    '\\end{tabular}',
    ''
  ].join('\n')
}

function json(value: object): string {
  return JSON.stringify(value, null, 2)
}
