import type { FormulaId, FormulaReport, FrontEntry, ModelReport } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'

/** A law that a run reports */
export interface ExportedLaw {
  id: FormulaId
  complexity: number
  /** Why the run reports it, one sentence each */
  notes: readonly string[]
  formula: FormulaReport
  constants: NonNullable<ModelReport['constants']>
}

/** The laws of a run, for files that other programs read. */
export interface RunLaws {
  target: string
  /** `formula` of the run, and its constants */
  best: FormulaReport
  constants: NonNullable<ModelReport['constants']>
  /** All laws that the run reports, from the shortest; earlier versions reported `formula` alone */
  reported: readonly ExportedLaw[]
  /** Laws on the graph, simplest first; then the fronts of its parts, fitted to the network */
  laws: readonly FrontEntry[]
  message: readonly FrontEntry[]
  node: readonly FrontEntry[]
}

const units = 'Masses in 1e14 Msun/h, separations in Mpc/h, velocities in 1000 km/s.'

type Writer = (laws: RunLaws) => string

/** By file ending; .sympy.py precedes .py, because the first match wins. */
const writers: Record<string, Writer> = {
  '.json': (laws) => `${JSON.stringify({ ...laws, units }, null, 2)}\n`,
  '.tex': latexFile,
  '.sympy.py': program('#', 'sympy'),
  '.py': program('#', 'python'),
  '.jl': program('#', 'julia'),
  '.c': program('//', 'c'),
  '.txt': textFile
}

type Language = 'python' | 'sympy' | 'julia' | 'c'

/** How a program begins to define its law; the laws beside `formula` get a name of their own there. */
const definitions: Record<Language, RegExp> = {
  python: /^(def overdensity)(?=\()/m,
  sympy: /^(delta)(?= = )/m,
  julia: /^(function overdensity)(?=\()/m,
  c: /^(void overdensity)(?=\()/m
}

function program(comment: string, language: Language): Writer {
  return ({ target, best, ...laws }) => {
    const source = best[language]
    if (source === undefined)
      throw badInput(
        'This run is from a Halolaw that did not print laws in that language; run it again, or write a .py.'
      )
    const others = othersOf({ best, ...laws }).map((law) => {
      const named = law.formula[language]?.replace(definitions[language], `$1_${wordOf(law)}`) ?? ''
      return `\n\n${comment} ${headingOf(law)}\n${named.trimEnd()}\n`
    })
    return `${comment} Law for ${oneLine(target)}, found by Halolaw.\n${source.trimEnd()}\n${others.join('')}`
  }
}

/** The reported laws beside `formula` that differ from it. */
function othersOf({ best, reported }: Pick<RunLaws, 'best' | 'reported'>): ExportedLaw[] {
  return reported.filter(({ id, formula }) => id !== 'formula' && formula.text !== best.text)
}

/** `short` for `formula-short` */
const wordOf = ({ id }: ExportedLaw): string => id.replace(/^formula-/, '')

function headingOf(law: ExportedLaw): string {
  const word = wordOf(law)
  return [
    `${word[0].toUpperCase()}${word.slice(1)} law, complexity ${law.complexity}.`,
    ...law.notes.map(oneLine)
  ].join(' ')
}

/**
 * The writer of a run's laws for a file of this name.
 * @throws HalolawError `bad-input` for an ending without a format
 */
export function lawWriterFor(path: string): Writer {
  const ending = Object.keys(writers).find((each) => path.toLowerCase().endsWith(each))
  if (ending === undefined)
    throw badInput(`The ending of "${path}" stands for no format; use ${Object.keys(writers).join(', ')}.`)
  return writers[ending]
}

/** The law as an equation, its constants with standard errors, and the front of simpler and longer laws. */
function latexFile({ target, best, constants, reported, laws }: RunLaws): string {
  const others = othersOf({ best, reported })
  const typeset = (value: number, digits: number): string =>
    number(value, digits).replace(/e\+?(-?\d+)$/, ' \\cdot 10^{$1}')
  const error = (value: number | null): string => (value === null ? '' : ` \\pm ${typeset(value, 2)}`)
  const equation = ({ formula: { latex }, constants }: Pick<ExportedLaw, 'formula' | 'constants'>): string[] => [
    '\\begin{equation}',
    '  \\begin{gathered}',
    `    ${latex.replaceAll(', \\quad ', ', \\\\\n    ')}`,
    '  \\end{gathered}',
    '\\end{equation}',
    ...(constants.length === 0
      ? []
      : [
          '\\begin{tabular}{ll}',
          '  \\toprule',
          ...constants.map(
            ({ name, value, standardError }) =>
              `  $${name.replace(/^([A-Z])(\d+)$/, '$1_{$2}')}$ & $${typeset(value, 5)}${error(standardError)}$ \\\\`
          ),
          '  \\bottomrule',
          '\\end{tabular}'
        ])
  ]
  return [
    `% Law for ${oneLine(target)}, found by Halolaw. ${units}`,
    '% needs \\usepackage{amsmath} and \\usepackage{booktabs}',
    ...equation({ formula: best, constants }),
    ...others.flatMap((law) => [`\\paragraph{${headingOf(law).replaceAll('%', '\\%')}}`, ...equation(law)]),
    '\\begin{tabular}{rll}',
    '  \\toprule',
    '  Complexity & Error & Law \\\\',
    '  \\midrule',
    ...laws.map(({ complexity, loss, latex }) => `  ${complexity} & $${typeset(loss, 3)}$ & $${latex}$ \\\\`),
    '  \\bottomrule',
    '\\end{tabular}',
    ''
  ].join('\n')
}

function textFile({ target, best, constants, reported, laws }: RunLaws): string {
  const lines = ({ formula, constants }: Pick<ExportedLaw, 'formula' | 'constants'>): string[] => [
    formula.text,
    ...constants.map(
      ({ name, value, standardError }) =>
        `  ${name} = ${number(value, 5)}${standardError === null ? '' : ` +- ${number(standardError, 2)}`}`
    )
  ]
  return [
    `Law for ${oneLine(target)}, found by Halolaw. ${units}`,
    '',
    ...lines({ formula: best, constants }),
    ...othersOf({ best, reported }).flatMap((law) => ['', headingOf(law), '', ...lines(law)]),
    '',
    'Complexity, error and law, from simple to accurate:',
    ...laws.map(({ complexity, loss, text }) => `${complexity}\t${number(loss, 3)}\t${text}`),
    ''
  ].join('\n')
}

const number = (value: number, digits: number): string => String(Number(value.toPrecision(digits)))
// A column name may contain anything, but must not end a comment.
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029\\]/gu, ' ')
