import { badInput } from '../../../src-shared/errors.ts'
import { call, constant, mapExpression, parse, substitute, variable, variablesOf } from '../../symbolic/index.ts'
import type { Expression } from '../../symbolic/index.ts'
import { composeLaw, nodeVariables, pairVariables } from '../graph-law.ts'
import type { GraphLaw } from '../graph-law.ts'
import { withScales } from '../rewrite/tidy.ts'

/** Printed laws have some hundred characters. */
const longest = 5000

/**
 * Reads a law on the graph as a person writes it and as describeLaw prints it. The sum over neighbours is sum(...), in place or
 * with a name: `C1 + C2 * sum(M_j / (1 + (r/20)^8))`, `delta = C1 + e / M_i, e = sum(M_j * exp(-r/10))`.
 * `for r < RADIUS` may close a sum. A message alone, `M_j / (1 + r^2)`, gets the node function C1 + C2 e.
 * A fit starts from the numbers, except whole powers and sides of comparisons, which stay; C, C1, C2... start from 1.
 * @param radius of the graph, Mpc/h
 * @throws HalolawError `bad-input`: the mistake, and its column in which part
 */
export function parseLaw(text: string, radius: number): GraphLaw {
  if (text.trim() === '') throw badInput('The law is empty; write one such as C1 + C2 * sum(M_j / r).')
  if (text.length > longest)
    throw badInput(`The law has ${text.length} characters, and at most ${longest} are read; shorten it.`)
  const [law, ...definitions] = partsOf(text.replace(/^\s*delta(_i)?\s*=(?!=)/, ''))
  const reader = new Reader(radius)
  const named = new Map<string, Expression>()
  for (const definition of definitions) {
    const match = /^\s*(e\d*)\s*=(?!=)([^]*)$/.exec(definition)
    if (!match)
      throw badInput(
        `"${definition.trim()}" is not of the form "e = sum(...)"; write everything after the first comma in that form.`
      )
    const [, name, value] = match
    if (named.has(name)) throw badInput(`"${name}" stands for two sums; call the second one e2.`)
    named.set(name, reader.node(value, named.keys()))
  }
  const isMessage = definitions.length === 0 && !/\bsum\s*\(/.test(law) && mentionsPairs(law)
  const node = isMessage
    ? call('+', constant(0, 'C'), call('*', constant(1, 'C'), reader.sum(law)))
    : substitute(reader.node(law, named.keys()), named)
  if (!variablesOf(node).some((name) => /^s\d/.test(name)))
    throw badInput(`"${text.trim()}" has no sum over neighbours; write it as sum(...), such as C1 + C2 * sum(M_j / r).`)
  const sums = new Map(reader.messages.map((_, k) => [`s${k + 1}`, variable(`e${k + 1}`)]))
  return composeLaw(reader.messages.map(fittable), fittable(substitute(node, sums)))
}

/** Reads the parts of one law; its sums become messages, which the node function names s1, s2... */
class Reader {
  readonly messages: Expression[] = []
  private readonly radius: number

  constructor(radius: number) {
    this.radius = radius
  }

  /** An expression of the halo's variables, of sums, and of the given names. */
  node(text: string, names: Iterable<string>): Expression {
    let rest = text
    for (let sum = /\bsum\s*\(/.exec(rest); sum; sum = /\bsum\s*\(/.exec(rest)) {
      const start = sum.index + sum[0].length
      const end = closing(rest, start)
      if (end < 0) throw badInput(`In "${text.trim()}" the bracket of sum( is not closed; write the missing ).`)
      this.sum(rest.slice(start, end))
      // Has the length of the text that it replaces, so that later errors name the right column.
      const name = `s${this.messages.length}`.padEnd(end + 1 - sum.index)
      rest = `${rest.slice(0, sum.index)}${name}${rest.slice(end + 1)}`
    }
    const sums = this.messages.map((_, k) => `s${k + 1}`)
    const variables = [...nodeVariables, ...names, ...sums]
    const pair = variablesIn(rest).find((name) => isOfPairs(name))
    if (pair)
      throw badInput(`"${pair}" belongs to a pair of halos; it can stand inside sum(...) only, as in sum(M_j / r).`)
    const nameless = variablesIn(rest).find((name) => /^e\d*$/.test(name) && !variables.includes(name))
    if (nameless) throw badInput(`"${nameless}" stands for no sum yet; add ", ${nameless} = sum(...)" at the end.`)
    try {
      return parse(rest, { variables, constants: constantsIn(rest) })
    } catch (cause) {
      throw withOriginalText(cause as Error, rest, text)
    }
  }

  /** Adds the message inside a sum, and returns its name. */
  sum(text: string): Expression {
    const ending = /\sfor\s+r\s*<\s*([\d.]+)\s*$/.exec(text)
    const inside = text.slice(0, ending?.index)
    const limit = ending?.[1]
    if (limit !== undefined && Number(limit) !== this.radius)
      throw badInput(
        `The graph reaches to r < ${this.radius}; a sum over r < ${limit} is written sum(if(r < ${limit}, ..., 0)).`
      )
    if (/\bsum\s*\(/.test(inside))
      throw badInput(
        'A sum over neighbours cannot stand inside another one; write the two beside each other, as in sum(M_j) * sum(1 / r).'
      )
    this.messages.push(parse(inside, { variables: pairVariables, constants: constantsIn(inside) }))
    return variable(`s${this.messages.length}`)
  }
}

/** An error in an expression, with the original text instead of the names that replace its sums. */
function withOriginalText(error: Error, substituted: string, original: string): Error {
  const excerpt = (text: string): string => (text.length > 80 ? text.slice(0, 77) : text)
  return badInput(error.message.replace(excerpt(substituted), excerpt(original)).replaceAll(/, s\d+\b/g, ''))
}

/** Splits at commas, semicolons and line ends outside brackets. */
function partsOf(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const character of text) {
    if (character === '(') depth++
    if (character === ')') depth--
    if (depth === 0 && /[,;\n]/.test(character)) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts.filter((part, k) => k === 0 || part.trim() !== '')
}

/** Where the bracket that opens before `start` closes; -1: nowhere. */
function closing(text: string, start: number): number {
  let depth = 1
  for (let at = start; at < text.length; at++) {
    if (text[at] === '(') depth++
    if (text[at] === ')' && --depth === 0) return at
  }
  return -1
}

function variablesIn(text: string): string[] {
  return text.match(/[A-Za-z_]\w*/g) ?? []
}

const isOfPairs = (name: string): boolean =>
  (pairVariables as readonly string[]).includes(name) && !(nodeVariables as readonly string[]).includes(name)

function mentionsPairs(text: string): boolean {
  return variablesIn(text).some(isOfPairs)
}

/** C, C1, C2... are constants to fit, starting from 1 because their values are unknown. */
function constantsIn(text: string): Record<string, number> {
  return Object.fromEntries(variablesIn(text).flatMap((name) => (/^C\d*$/.test(name) ? [[name, 1]] : [])))
}

const comparisons: readonly string[] = ['>', '<', '>=', '<=', '==', '!=']

/** Makes numbers constants to fit, except whole powers and sides of comparisons, which have no derivative. */
function fittable(expression: Expression): Expression {
  const literal = (part: Expression): boolean => part.kind === 'constant' && part.name === undefined
  const named = mapExpression(expression, (part) => {
    if (part.kind !== 'call') return part
    const stays = (arg: Expression, k: number): boolean =>
      !literal(arg) ||
      comparisons.includes(part.op) ||
      (part.op === '^' && k === 1 && arg.kind === 'constant' && Number.isInteger(arg.value))
    return { ...part, args: part.args.map((arg, k) => (stays(arg, k) ? arg : { ...arg, name: 'C' })) } as Expression
  })
  return withScales(named.kind === 'constant' ? { ...named, name: 'C' } : named)
}
