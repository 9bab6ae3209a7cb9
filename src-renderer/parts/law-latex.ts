import type { ModelReport } from '../../src-shared/contract.ts'
import { fixed, decimalsFor, latexNumber } from './numbers.ts'

export type FittedConstant = NonNullable<ModelReport['constants']>[number]

// A decimal literal with its power of ten, or a named constant, but no digits within names, indices or exponents of ten.
const literal = /C_\{?(\d+)\}?|(?<![\d.A-Za-z_])(\d+(?:\.\d+)?)(?:(?:e|\s*\\(?:times|cdot)\s*10\^)\{?(-?\d+)\}?)?/g

/**
 * Marks every fitted constant in a law's LaTeX as \htmlData{constant=NAME}{...}, and writes its value with the digits
 * that its standard error leaves. A constant is recognised by its name, or by its value to the digits of the literal.
 */
export function markConstants(latex: string, constants: readonly FittedConstant[]): string {
  return latex.replace(
    literal,
    (whole, index: string | undefined, mantissa: string | undefined, power: string | undefined, at: number) => {
      // An index, or the cut-off radius of a sum
      if (/[<>]\s*$/.test(latex.slice(0, at)) || latex[at - 1] === '_' || latex.slice(Math.max(0, at - 2), at) === '_{')
        return whole
      const constant =
        index === undefined
          ? byValue(mantissa ?? '', Number(power ?? 0), constants)
          : constants.find(({ name }) => name === `C${index}`)
      if (!constant) return whole
      return `\\htmlData{constant=${constant.name}}{${index === undefined ? shownValue(constant) : whole}}`
    }
  )
}

/** The constant of a literal, compared by size, because its sign is written as an operator. */
function byValue(mantissa: string, power: number, constants: readonly FittedConstant[]): FittedConstant | undefined {
  const decimals = mantissa.split('.')[1]?.length ?? 0
  const value = Number(mantissa) * 10 ** power
  // A whole number is mostly an exponent or a factor of the law, so all four printed digits must agree.
  if (decimals === 0 && power === 0)
    return constants.find((constant) => Number(Math.abs(constant.value).toPrecision(4)) === value)
  const half = 0.5 * 10 ** (power - decimals)
  return constants.find((constant) => Math.abs(Math.abs(constant.value) - value) <= half * (1 + 1e-6))
}

function shownValue({ value, standardError }: FittedConstant): string {
  const size = Math.abs(value)
  if (!standardError || !(standardError > 0) || standardError >= size) return latexNumber(size)
  const exponent = Math.floor(Math.log10(size))
  if (exponent >= 5 || exponent < -3) {
    const power = 10 ** exponent
    return `${fixed(size / power, decimalsFor(standardError / power))}\\times10^{${exponent}}`
  }
  return fixed(size, decimalsFor(standardError))
}

/** A law of several equations with one on each line, aligned at the equals signs; a single one stays as it is. */
export function onLines(latex: string): string {
  const equations = latex.split(/,\s*\\quad\s*/)
  if (equations.length === 1) return latex
  return `\\begin{aligned}${equations.map((equation) => equation.replace('=', '&=')).join(' \\\\[10pt] ')}\\end{aligned}`
}
