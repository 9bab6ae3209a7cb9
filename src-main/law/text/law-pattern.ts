import { badInput } from '../../../src-shared/errors.ts'
import { operatorNames, variablesOf, walk, type Expression } from '../../symbolic/index.ts'
import { lawConstants, nodeVariables, pairVariables, type GraphLaw } from '../graph-law.ts'

/** A law as a pattern sees it */
export interface PatternSubject {
  law: GraphLaw
  complexity: number
  loss: number
  /** NaN: not judged on the validation halos */
  validationLoss: number
}

/** Whether a law matches */
export type LawPattern = (subject: PatternSubject) => boolean

const quantities: Record<string, (subject: PatternSubject) => number> = {
  complexity: ({ complexity }) => complexity,
  constants: ({ law }) => lawConstants(law).length,
  sums: ({ law }) => law.messages.length,
  loss: ({ loss }) => loss,
  validation: ({ validationLoss }) => validationLoss
}

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '=': (a, b) => a === b
}

const sample = 'has tanh(r) and not v_ij and complexity <= 30'

/**
 * Reads a pattern: `has BLOCK` with a variable (`v_ij`), an operator or function (`^`, `tanh`), or one of them applied to a
 * part with these variables (`tanh(r)`, `^(e1)`); comparisons of complexity, constants, sums, loss and validation with
 * numbers; `and`, `or`, `not` and brackets. `has` may be left out.
 * @throws HalolawError `bad-input` naming the mistake and its place
 */
export function readLawPattern(text: string): LawPattern {
  return new PatternReader(text).read()
}

/** The building blocks of a law: its variables, and its operators and functions with the variables in them, as `tanh(r)`. */
export function blocksOf({ node, messages }: GraphLaw): Set<string> {
  const blocks = new Set<string>()
  for (const part of [node, ...messages])
    walk(part, (e) => {
      if (e.kind === 'variable') blocks.add(e.name)
      if (e.kind !== 'call' || plain.has(e.op)) return
      const names = [...new Set(variablesOf(e))].sort()
      if (names.length > 0) blocks.add(`${e.op}(${names.join(', ')})`)
    })
  return blocks
}

/** Operators that nearly every law has */
const plain = new Set<string>(['+', '-', '*', '/', 'neg'])

const names = new Set<string>([...pairVariables, ...nodeVariables, 'e'])
const functions = new Set<string>(operatorNames)
const isSum = (name: string): boolean => /^e\d*$/.test(name)
const sameSum = (name: string): string => (name === 'e' ? 'e1' : name)

class PatternReader {
  private readonly text: string
  private readonly tokens: { text: string; at: number }[]
  private next = 0

  constructor(text: string) {
    this.text = text
    this.tokens = [...text.matchAll(/\s*([A-Za-z_][A-Za-z_0-9]*|[0-9.]+(?:[eE][-+]?\d+)?|<=|>=|\S)/g)].map((match) => ({
      text: match[1],
      at: match.index + match[0].length - match[1].length
    }))
  }

  read(): LawPattern {
    const pattern = this.either()
    if (this.next < this.tokens.length) throw this.mistake(`"${this.peek()}" is not expected here`)
    return pattern
  }

  private either(): LawPattern {
    const parts = [this.all()]
    while (this.take('or')) parts.push(this.all())
    return (law) => parts.some((part) => part(law))
  }

  private all(): LawPattern {
    const parts = [this.one()]
    while (this.take('and')) parts.push(this.one())
    return (law) => parts.every((part) => part(law))
  }

  private one(): LawPattern {
    if (this.take('not')) {
      const part = this.one()
      return (law) => !part(law)
    }
    if (this.take('(')) {
      const part = this.either()
      this.expect(')')
      return part
    }
    const quantity = Object.hasOwn(quantities, this.peek() ?? '') ? quantities[this.peek()!] : null
    if (quantity) return this.comparison(quantity)
    this.take('has')
    return this.block()
  }

  private comparison(quantity: (subject: PatternSubject) => number): LawPattern {
    this.next++
    const sign = this.peek() ?? ''
    if (!Object.hasOwn(comparisons, sign)) throw this.mistake('a comparison is needed here: <, <=, =, >= or >')
    this.next++
    const number = Number(this.peek() ?? NaN)
    if (!Number.isFinite(number)) throw this.mistake('a number is needed here')
    this.next++
    return (subject) => comparisons[sign](quantity(subject), number)
  }

  private block(): LawPattern {
    const name = this.peek()
    if (name === undefined) throw this.mistake('a variable, an operator or a comparison is missing at the end')
    if (names.has(name) || isSum(name)) {
      this.next++
      return ({ law }) => partsOf(law).some((part) => variablesOf(part).includes(sameSum(name)))
    }
    if (!functions.has(name))
      throw this.mistake(
        `"${name}" is neither a variable of laws (${[...names].join(', ')}) nor an operator or function of formulas`
      )
    this.next++
    const within: string[] = []
    if (this.take('('))
      do {
        const argument = this.peek() ?? ''
        if (!names.has(argument) && !isSum(argument))
          throw this.mistake(`"${argument}" is no variable of laws; these are ${[...names].join(', ')}`)
        within.push(sameSum(argument))
        this.next++
      } while (this.take(','))
    if (within.length > 0) this.expect(')')
    return ({ law }) => partsOf(law).some((part) => hasCall(part, name, within))
  }

  private peek(): string | undefined {
    return this.tokens[this.next]?.text
  }

  private take(text: string): boolean {
    if (this.peek() !== text) return false
    this.next++
    return true
  }

  private expect(text: string): void {
    if (!this.take(text)) throw this.mistake(`"${text}" is missing`)
  }

  private mistake(what: string): Error {
    const at = this.tokens[this.next]?.at ?? this.text.length
    return badInput(`In the pattern "${this.text}", at character ${at + 1}: ${what}. A pattern reads like "${sample}".`)
  }
}

const partsOf = ({ node, messages }: GraphLaw): Expression[] => [node, ...messages]

function hasCall(part: Expression, op: string, within: readonly string[]): boolean {
  let isInside = false
  walk(part, (e) => {
    if (e.kind !== 'call' || e.op !== op) return
    const inside = variablesOf(e)
    isInside ||= within.every((name) => inside.includes(name))
  })
  return isInside
}
