import type { Call, Constant, Expression, Operator } from '../expression.ts'
import { atom, infix, number, power, type Piece, type PrintOptions } from './piece.ts'
import { withoutDoubleSigns } from './reading.ts'

/** LaTeX names of Greek letters; those that look like Latin letters have none. */
const greekLetters = new Map<string, string>(
  [...'αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ'].map((letter, k) => [
    letter,
    'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega'.split(
      ' '
    )[k]
  ])
)
const greek = new Set(greekLetters.values())
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
  const plain = options.constants === 'names' ? expression : withoutDoubleSigns(expression)
  return latex(plain, { digits: 4, ...options }).text
}

function latex(e: Expression, options: PrintOptions): Piece {
  if (e.kind === 'variable') return atom(latexName(e.name))
  if (e.kind === 'constant') return latexNumber(e, options)
  const args = e.args.map((arg) => latex(arg, options))
  const [a, b, c] = args
  switch (e.op) {
    case '/': {
      const sign = leadsWithSign(e.args[0], a) ? '-' : ''
      return { text: `${sign}\\frac{${a.text.slice(sign.length)}}{${b.text}}`, power: sign ? power.sum : power.atom }
    }
    case 'inv':
      return atom(`\\frac{1}{${a.text}}`)
    case '^':
      return latexPower(e, a, b.text)
    case 'square':
      return latexPower(e, a, '2')
    case 'cube':
      return latexPower(e, a, '3')
    case '*': {
      const signed = leadsWithSign(e.args[0], a)
      const [left, right] = [signed ? a.text : inBrackets(a, power.product), inBrackets(b, power.product)]
      return {
        text: `${left}${/^[\d.]/.test(right) ? ' \\cdot ' : ' \\, '}${right}`,
        power: signed ? power.sum : power.product
      }
    }
    case 'neg':
      return { text: `-${inBrackets(a, power.product)}`, power: power.sum }
    case 'not':
      return { text: `\\lnot ${inBrackets(a, power.atom)}`, power: power.not }
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
      return { text: `${inBrackets(a, rule.left)} + ${b.text}`, power: power.sum }
    return { text: `${inBrackets(a, rule.left)} ${sign} ${inBrackets(b, rule.right)}`, power: rule.power }
  }
  const name = latexFunctions[e.op] ?? `\\operatorname{${e.op}}`
  return atom(`${name}\\left(${args.map((arg) => arg.text).join(', ')}\\right)`)
}

/** Adds brackets that grow with their content, if the place needs them. */
function inBrackets({ text, power: binding }: Piece, least: number): string {
  if (binding >= least) return text
  return /\\(frac|begin|left|sqrt|sum)/.test(text) ? `\\left(${text}\\right)` : `(${text})`
}

/** A number, with a power of ten if it is very small or very large. */
function scientific(digits: string): string {
  const size = Math.abs(Number(digits))
  const isExtreme = Number.isFinite(size) && size !== 0 && (size < 1e-4 || size >= 1e7)
  return isExtreme ? Number(digits).toExponential() : digits
}

/** True if the sign of the first factor may precede the whole product. */
function leadsWithSign(e: Expression, { text }: Piece): boolean {
  return text.startsWith('-') && !(e.kind === 'call' && (e.op === '+' || e.op === '-'))
}

function latexPower(e: Call, base: Piece, exponent: string): Piece {
  const first = e.args[0]
  // sin^2(x), for whole powers; sin^{-1} would be the arcsine
  const name = first.kind === 'call' ? latexFunctions[first.op] : undefined
  if (name && /^\d$/.test(exponent) && /^(sin|cos|tan|tanh)$/.test(name.slice(1)))
    return atom(`${name}^{${exponent}}${base.text.slice(name.length)}`)
  // the square of a power or a fraction needs brackets
  const bare = first.kind === 'variable' || (first.kind === 'constant' && base.power === power.atom)
  return { text: `${bare ? `{${base.text}}` : `\\left(${base.text}\\right)`}^{${exponent}}`, power: power.power }
}

function latexNumber(e: Constant, options: PrintOptions): Piece {
  if (e.name !== undefined && options.constants === 'names') return atom(latexName(e.name))
  if (e.value === Math.PI) return atom('\\pi')
  if (e.value === -Math.PI) return { text: '-\\pi', power: power.neg }
  const piece = number(e, options)
  const [digits, exponent] = scientific(piece.text).split('e')
  const mantissa = digits.replace('inf', '\\infty').replace('nan', '\\mathrm{NaN}')
  if (exponent === undefined) return { ...piece, text: mantissa }
  return {
    text: `${mantissa === '1' ? '' : `${mantissa} \\times `}10^{${Number(exponent)}}`,
    power: digits.startsWith('-') ? power.sum : power.product
  }
}

/**
 * M_i -> M_{i}, C12 -> C_{12}, sigma_8 -> \\sigma_{8}, λ -> \\lambda; long names are upright, and names that are not plain words are
 * set as text, so that a name may contain anything.
 */
export function latexName(name: string): string {
  const match = /^([\p{L}]+?)_?(\d+)$|^([\p{L}]+)_(.+)$/u.exec(name)
  const [base, index] = match ? (match[1] !== undefined ? [match[1], match[2]] : [match[3], match[4]]) : [name, '']
  return index === '' ? latexWord(base) : `${latexWord(base)}_{${latexWord(index)}}`
}

function latexWord(name: string): string {
  // the micro sign differs from the letter mu
  const word = name.replaceAll('\u00b5', '\u03bc')
  const letter = greekLetters.get(word) ?? word
  if (greek.has(letter)) return `\\${letter}`
  if (/^([A-Za-z]|\d+)$/.test(word)) return word
  if (/^[A-Za-z0-9]+$/.test(word)) return `\\mathrm{${word}}`
  const escaped = word.replace(/[\p{C}\\^~]/gu, ' ').replace(/[{}$&#_%]/g, '\\$&')
  const text = escaped.replace(/\p{Script=Greek}/gu, (one) =>
    greekLetters.has(one) ? `$\\${greekLetters.get(one)}$` : one
  )
  return `\\text{${text}}`
}
