import type { FrontEntry } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'
import { variablesOf, type Expression } from '../language/expression.ts'
import { parse } from '../language/parse.ts'
import {
  cNames,
  isPythonName,
  juliaNames,
  latexName,
  printC,
  printJulia,
  printLatex,
  printNumpy,
  printSympy
} from '../language/print/index.ts'

/** An exported front; formulas are parsed from their text. */
export interface ExportedFront {
  /** The column that the formulas are for */
  target: string
  front: readonly FrontEntry[]
  best: FrontEntry
}

type Writer = (exported: ExportedFront) => string

/** Formats by file ending; an ending that ends like another one precedes it. */
const exportFormats: readonly { ending: string; name: string; write: Writer }[] = [
  { ending: '.sympy.py', name: 'SymPy', write: writeSympy },
  { ending: '.py', name: 'Python with NumPy', write: writeNumpy },
  { ending: '.jl', name: 'Julia', write: writeJulia },
  { ending: '.c', name: 'C', write: writeC },
  { ending: '.tex', name: 'LaTeX', write: writeLatex },
  { ending: '.json', name: 'JSON', write: (exported) => `${JSON.stringify(exported, null, 2)}\n` },
  { ending: '.txt', name: 'text', write: writeText }
]

/** @throws HalolawError `bad-input` for an ending without a format */
export function exporterFor(path: string): Writer {
  const format = exportFormats.find(({ ending }) => path.toLowerCase().endsWith(ending))
  if (format) return format.write
  const list = exportFormats.map(({ ending, name }) => `${ending} (${name})`).join(', ')
  throw badInput(`The ending of "${path}" stands for no format; use ${list}.`)
}

interface Law {
  /** law_1, law_2... in the order of the front */
  name: string
  expression: Expression
  /** Complexity, loss, score and the formula as text, on one line without a backslash */
  remark: string
  isBest: boolean
}

function lawsOf({ front, best }: ExportedFront): Law[] {
  return front.map((entry, k) => ({
    name: `law_${k + 1}`,
    expression: parse(entry.text),
    remark: oneLine(
      `complexity ${entry.complexity}, loss ${figure(entry.loss)}, score ${figure(entry.score)}: ${entry.text}`
    ),
    isBest: entry.text === best.text
  }))
}

// A column name may contain anything, but must not end a comment.
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029\\]/gu, ' ')
const figure = (value: number): string => String(Number(value.toPrecision(5)))
const heading = (target: string): string => oneLine(`Formulas for ${target} found by Halolaw, from simple to accurate.`)
const columnsOf = (laws: readonly Law[]): string[] => [...new Set(laws.flatMap((law) => variablesOf(law.expression)))]
const bestOf = (laws: readonly Law[]): Law => laws.find(({ isBest }) => isBest) ?? laws[laws.length - 1]

/** A module of functions of the columns by name: a dictionary, a data frame or a structured array. */
function writeNumpy(exported: ExportedFront): string {
  const laws = lawsOf(exported)
  const bodies = laws.map(({ expression }) => printNumpy(expression))
  return [
    `# ${heading(exported.target)}`,
    ...(bodies.some((body) => body.includes('math.')) ? ['import math', ''] : []),
    'import numpy as np',
    '',
    ...laws.flatMap(({ name, expression, remark }, k) => [
      '',
      `def ${name}(columns):`,
      `    # ${remark}`,
      ...variablesOf(expression)
        .filter(isPythonName)
        .map((column) => `    ${column} = columns[${JSON.stringify(column)}]`),
      `    return ${bodies[k]}`,
      ''
    ]),
    '',
    '# the best formula',
    `law = ${bestOf(laws).name}`,
    ''
  ].join('\n')
}

function writeSympy(exported: ExportedFront): string {
  const laws = lawsOf(exported)
  return [
    `# ${heading(exported.target)}`,
    'import sympy as sp',
    '',
    ...columnsOf(laws)
      .filter(isPythonName)
      .map((column) => `${column} = sp.Symbol(${JSON.stringify(column)}, real=True)`),
    '',
    ...laws.flatMap(({ name, expression, remark }) => [`# ${remark}`, `${name} = ${printSympy(expression)}`]),
    '',
    '# the best formula',
    `law = ${bestOf(laws).name}`,
    ''
  ].join('\n')
}

/** Functions of one row; `law_1.(x, y)` applies one to columns. */
function writeJulia(exported: ExportedFront): string {
  const laws = lawsOf(exported)
  const names = juliaNames(columnsOf(laws))
  const bodies = laws.map(({ expression }) => printJulia(expression, {}, names))
  const parameters = [...names.values()].join(', ')
  return [
    `# ${heading(exported.target)}`,
    ...(bodies.some((body) => /\berf\(/.test(body)) ? ['using SpecialFunctions'] : []),
    ...renamed(names).map((line) => `# ${line}`),
    '',
    ...laws.flatMap(({ name, remark }, k) => [`# ${remark}`, `${name}(${parameters}) = ${bodies[k]}`]),
    '',
    '# the best formula',
    `const law = ${bestOf(laws).name}`,
    ''
  ].join('\n')
}

/** Functions of one row. */
function writeC(exported: ExportedFront): string {
  const laws = lawsOf(exported)
  const names = cNames(columnsOf(laws))
  const parameters = [...names.values()].map((name) => `double ${name}`).join(', ') || 'void'
  const values = [...names.values()].join(', ')
  return [
    `// ${heading(exported.target)}`,
    '#include <math.h>',
    '',
    ...renamed(names).map((line) => `// ${line}`),
    ...laws.flatMap(({ name, expression, remark }) => [
      `// ${remark}`,
      `double ${name}(${parameters}) {`,
      `  return ${printC(expression, {}, names)};`,
      '}',
      ''
    ]),
    '// the best formula',
    `double law(${parameters}) {`,
    `  return ${bestOf(laws).name}(${values});`,
    '}',
    ''
  ].join('\n')
}

function renamed(names: ReadonlyMap<string, string>): string[] {
  return [...names].filter(([column, name]) => column !== name).map(([column, name]) => oneLine(`${name} is ${column}`))
}

/** One array, aligned at the equals signs, that LaTeX and KaTeX read in display mathematics. */
function writeLatex(exported: ExportedFront): string {
  const laws = lawsOf(exported)
  const symbol = latexName(exported.target)
  const rows = laws.map(({ expression, isBest }, k) => {
    const { complexity, loss, score } = exported.front[k]
    const cells = [String(complexity), scientific(loss), score.toFixed(3), `${symbol} ={}`, printLatex(expression)]
    return `    ${cells.join(' & ')}${isBest ? ' \\quad \\star' : ''}`
  })
  return [
    `% ${heading(exported.target)}`,
    '% The star marks the best formula: the highest score among those with at most 1.5 times the smallest loss.',
    '\\[',
    '  \\begin{array}{rrrrl}',
    '    \\text{complexity} & \\text{loss} & \\text{score} & & \\text{formula} \\\\ \\hline',
    rows.join(' \\\\[4pt]\n'),
    '  \\end{array}',
    '\\]',
    ''
  ].join('\n')
}

function scientific(value: number): string {
  const [digits, exponent] = String(Number(value.toPrecision(4))).split('e')
  return exponent === undefined ? digits : `${digits} \\times 10^{${Number(exponent)}}`
}

function writeText(exported: ExportedFront): string {
  const laws = lawsOf(exported)
  const lines = laws.map(({ remark, isBest }) => `${isBest ? '* ' : '  '}${remark}`)
  return [heading(exported.target), ...lines, '* the best formula', ''].join('\n')
}
