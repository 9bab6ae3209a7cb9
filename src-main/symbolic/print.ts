import type { Call, Constant, Expression, Operator } from './expression.ts'
import { isPlainName } from './tokens.ts'

export interface PrintOptions {
  /** Significant digits of constants; default: as many as bring the same number back. */
  digits?: number
  /** Show a fitted constant's value (default) or its name. */
  constants?: 'values' | 'names'
}

/** How tightly a printed piece holds together; an argument that holds less tightly than its place needs gets brackets. */
const power = { or: 1, and: 2, not: 3, compare: 4, sum: 5, product: 6, neg: 7, power: 8, atom: 9 }

const infix: Partial<Record<Operator, { power: number; left: number; right: number }>> = {
  or: { power: power.or, left: power.or, right: power.and },
  and: { power: power.and, left: power.and, right: power.not },
  '+': { power: power.sum, left: power.sum, right: power.product },
  '-': { power: power.sum, left: power.sum, right: power.product },
  '*': { power: power.product, left: power.product, right: power.neg },
  '/': { power: power.product, left: power.product, right: power.neg },
  '^': { power: power.power, left: power.atom, right: power.neg }
}
for (const op of ['>', '<', '>=', '<=', '==', '!='] as const)
  infix[op] = { power: power.compare, left: power.sum, right: power.sum }

interface Piece {
  text: string
  power: number
}

const atom = (text: string): Piece => ({ text, power: power.atom })
const held = (piece: Piece, least: number): string => (piece.power < least ? `(${piece.text})` : piece.text)

/** The formula as text that `parse` reads back to the same tree (with all digits, and names passed as constants). */
export function printText(expression: Expression, options: PrintOptions = {}): string {
  return text(expression, options).text
}

function text(e: Expression, options: PrintOptions): Piece {
  if (e.kind === 'variable') return atom(isPlainName(e.name) ? e.name : `\`${e.name}\``)
  if (e.kind === 'constant') return number(e, options)
  const args = e.args.map((arg) => text(arg, options))
  const rule = infix[e.op]
  if (rule) return { text: `${held(args[0], rule.left)} ${e.op} ${held(args[1], rule.right)}`, power: rule.power }
  if (e.op === 'not') return { text: `not ${held(args[0], power.not)}`, power: power.not }
  // -(2) is the negation of 2, -2 the number; so with inf
  if (e.op === 'neg') {
    const digit = /^(?:[\d.]|inf$|nan$)/.test(args[0].text) && args[0].power === power.atom
    return { text: digit ? `-(${args[0].text})` : `-${held(args[0], power.neg)}`, power: power.neg }
  }
  return atom(`${e.op}(${args.map((arg) => arg.text).join(', ')})`)
}

function number(e: Constant, options: PrintOptions): Piece {
  if (e.name !== undefined && options.constants === 'names') return atom(e.name)
  const value = options.digits === undefined ? e.value : Number(e.value.toPrecision(options.digits))
  if (Number.isNaN(value)) return atom('nan')
  const negative = value < 0 || Object.is(value, -0)
  const shown = Math.abs(value) === Infinity ? 'inf' : String(Math.abs(value))
  return negative ? { text: `-${shown}`, power: power.neg } : atom(shown)
}

const numpyNames: Partial<Record<Operator, string>> = {
  asin: 'arcsin',
  acos: 'arccos',
  atan: 'arctan',
  square: 'square',
  min: 'minimum',
  max: 'maximum',
  clamp: 'clip'
}
const pythonWords = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield np'.split(
    ' '
  )
)
const truths = new Set<Operator>(['>', '<', '>=', '<=', '==', '!=', 'and', 'or', 'not'])

/**
 * One NumPy expression over the columns, each a variable of its own name; a name that is no Python identifier is written
 * `columns["name"]`. `erf` needs `import math`.
 */
export function printNumpy(expression: Expression, options: PrintOptions = {}): string {
  return numpy(expression, options).text
}

function numpy(e: Expression, options: PrintOptions): Piece {
  if (e.kind === 'variable') {
    const plain = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(e.name) && !pythonWords.has(e.name)
    return atom(plain ? e.name : `columns[${JSON.stringify(e.name)}]`)
  }
  if (e.kind === 'constant') {
    const piece = number(e, options)
    return { ...piece, text: piece.text.replace(/inf|nan/, 'np.$&') }
  }
  if (truths.has(e.op)) return atom(`np.where(${condition(e, options).text}, 1.0, 0.0)`)
  const args = e.args.map((arg) => numpy(arg, options))
  const list = args.map((arg) => arg.text).join(', ')
  switch (e.op) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '^': {
      const rule = infix[e.op]!
      const left = held(args[0], rule.left)
      const right = held(args[1], rule.right)
      return { text: e.op === '^' ? `${left}**${right}` : `${left} ${e.op} ${right}`, power: rule.power }
    }
    case 'neg':
      return { text: `-${held(args[0], power.neg)}`, power: power.neg }
    case 'cube':
      return { text: `${held(args[0], power.atom)}**3`, power: power.power }
    case 'inv':
      return { text: `1 / ${held(args[0], power.neg)}`, power: power.product }
    case 'step':
      return atom(`np.heaviside(${list}, 1.0)`)
    case 'erf':
      return atom(`np.vectorize(math.erf)(${list})`)
    case 'if':
      return atom(`np.where(${condition(e.args[0], options).text}, ${args[1].text}, ${args[2].text})`)
    default:
      return atom(`np.${numpyNames[e.op] ?? e.op}(${list})`)
  }
}

/** A Python truth value rather than 1.0 or 0.0. */
function condition(e: Expression, options: PrintOptions): Piece {
  if (e.kind !== 'call' || !truths.has(e.op))
    return { text: `${held(numpy(e, options), power.sum)} != 0`, power: power.compare }
  const args = (): string => e.args.map((arg) => condition(arg, options).text).join(', ')
  if (e.op === 'and' || e.op === 'or' || e.op === 'not') return atom(`np.logical_${e.op}(${args()})`)
  const [left, right] = e.args.map((arg) => held(numpy(arg, options), power.sum))
  return { text: `${left} ${e.op} ${right}`, power: power.compare }
}

const greek = new Set(
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega'.split(
    ' '
  )
)
const latexComparisons: Partial<Record<Operator, string>> = {
  '>=': '\\ge',
  '<=': '\\le',
  '==': '=',
  '!=': '\\ne',
  and: '\\land',
  or: '\\lor'
}
const latexFunctions: Partial<Record<Operator, string>> = {
  exp: '\\exp',
  log: '\\ln',
  log10: '\\log_{10}',
  sin: '\\sin',
  cos: '\\cos',
  tan: '\\tan',
  tanh: '\\tanh',
  asin: '\\arcsin',
  acos: '\\arccos',
  atan: '\\arctan',
  min: '\\min',
  max: '\\max'
}

/** The formula as LaTeX (for KaTeX); constants have four digits unless `digits` says otherwise. */
export function printLatex(expression: Expression, options: PrintOptions = {}): string {
  return latex(expression, { digits: 4, ...options }).text
}

function latex(e: Expression, options: PrintOptions): Piece {
  if (e.kind === 'variable') return atom(latexName(e.name))
  if (e.kind === 'constant') return latexNumber(e, options)
  const args = e.args.map((arg) => latex(arg, options))
  const [a, b, c] = args
  switch (e.op) {
    case '/':
      return atom(`\\frac{${a.text}}{${b.text}}`)
    case 'inv':
      return atom(`\\frac{1}{${a.text}}`)
    case '^':
      return latexPower(e, a, b.text)
    case 'square':
      return latexPower(e, a, '2')
    case 'cube':
      return latexPower(e, a, '3')
    case '*': {
      const dot = /^[\d.]/.test(held(b, power.neg)) ? ' \\cdot ' : ' \\, '
      return { text: `${held(a, power.product)}${dot}${held(b, power.product)}`, power: power.product }
    }
    case 'neg':
      return { text: `-${held(a, power.product)}`, power: power.sum }
    case 'not':
      return { text: `\\lnot ${held(a, power.atom)}`, power: power.not }
    case 'abs':
      return atom(`\\left|${a.text}\\right|`)
    case 'sqrt':
      return atom(`\\sqrt{${a.text}}`)
    case 'if':
      return atom(`\\begin{cases} ${b.text} & \\text{if } ${a.text} \\\\ ${c.text} & \\text{otherwise} \\end{cases}`)
  }
  const rule = infix[e.op]
  if (rule) {
    const sign = latexComparisons[e.op] ?? e.op
    // a + (b + c) needs no brackets for a reader
    if (e.op === '+' && b.power === power.sum && !b.text.startsWith('-'))
      return { text: `${held(a, rule.left)} + ${b.text}`, power: power.sum }
    return { text: `${held(a, rule.left)} ${sign} ${held(b, rule.right)}`, power: rule.power }
  }
  const name = latexFunctions[e.op] ?? `\\operatorname{${e.op}}`
  return atom(`${name}\\left(${args.map((arg) => arg.text).join(', ')}\\right)`)
}

function latexPower(e: Call, base: Piece, exponent: string): Piece {
  // x^2 of a power or a fraction needs brackets of its own
  const first = e.args[0]
  const bare = first.kind === 'variable' || (first.kind === 'constant' && base.power === power.atom)
  return { text: `${bare ? `{${base.text}}` : `\\left(${base.text}\\right)`}^{${exponent}}`, power: power.power }
}

function latexNumber(e: Constant, options: PrintOptions): Piece {
  if (e.name !== undefined && options.constants === 'names') return atom(latexName(e.name))
  if (Math.abs(e.value - Math.PI) < 1e-15) return atom('\\pi')
  const piece = number(e, options)
  const [digits, exponent] = piece.text.split('e')
  const shown = digits.replace('inf', '\\infty').replace('nan', '\\mathrm{NaN}')
  if (exponent === undefined) return { ...piece, text: shown }
  return {
    text: `${shown} \\times 10^{${Number(exponent)}}`,
    power: digits.startsWith('-') ? power.sum : power.product
  }
}

/** M_i -> M_{i}, C12 -> C_{12}, sigma_8 -> \sigma_{8}; long names stand upright. */
function latexName(name: string): string {
  const match = /^([\p{L}]+?)_?(\d+)$|^([\p{L}]+)_(.+)$/u.exec(name)
  const [base, index] = match ? (match[1] !== undefined ? [match[1], match[2]] : [match[3], match[4]]) : [name, '']
  const escape = (part: string): string =>
    part.replace(/[\\{}$&#^_%~]/g, (c) => (c === '_' ? '\\_' : c === '\\' || c === '^' || c === '~' ? ' ' : `\\${c}`))
  const upright = (part: string): string =>
    greek.has(part) ? `\\${part}` : /^(\p{L}|\d+)$/u.test(part) ? part : `\\mathrm{${escape(part)}}`
  return index === '' ? upright(base) : `${upright(base)}_{${upright(index)}}`
}
