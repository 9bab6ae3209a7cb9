import type { Random } from '../../random.ts'
import {
  call,
  constant,
  equal,
  sizeOf,
  substitute,
  variable,
  type Call,
  type Expression,
  type Operator
} from '../../symbolic/language/expression.ts'
import type { GraphLaw, LawVocabulary } from '../graph-law.ts'
import { freeConstant } from '../rewrite/merge-constants.ts'
import { withOtherWindows } from '../rewrite/windows.ts'

/**
 * Changes a law's message or node function in one random place, or adds a sum. New constants start where the change is neutral
 * (0 in a sum, 1 in a product or power), so that a refit starts at the parent's error and can only lower it.
 */
export function mutateLaw(formula: GraphLaw, random: Random, vocabulary: LawVocabulary): GraphLaw {
  if (mayAddSum(formula, vocabulary) && random.uniform() < shareOfNewSums)
    return withAnotherSum(formula, someMessage(random, vocabulary), random.integer(sizeOf(formula.node)))
  const target = random.integer(formula.messages.length + 1)
  if (target === formula.messages.length)
    return { ...formula, node: changeSomewhere(formula.node, random, namesOfNode(formula, vocabulary)) }
  const messages = formula.messages.map((message, k) =>
    k === target ? changeSomewhere(message, random, namesOfMessage(k, vocabulary)) : message
  )
  return { ...formula, messages }
}

const shareOfNewSums = 0.06

function mayAddSum(formula: GraphLaw, vocabulary: LawVocabulary): boolean {
  return formula.messages.length < (vocabulary.sums ?? 0)
}

const isSum = (name: string): boolean => /^e\d+$/.test(name)

/** The halo's variables, and the sums that the law has. */
function namesOfNode({ messages }: GraphLaw, { node }: LawVocabulary): string[] {
  return [...node.filter((name) => !isSum(name)), ...messages.map((_, k) => `e${k + 1}`)]
}

function namesOfMessage(k: number, { messages, pair }: LawVocabulary): readonly string[] {
  return messages?.[k] ?? pair
}

/** A window of distance, times a variable of the pair or 1. */
function someMessage(random: Random, { pair }: LawVocabulary): Expression {
  const factor = random.uniform() < 0.3 ? constant(1) : someVariable(random, pair)
  return call('/', factor, fall(someScale(random), 2 + 8 * random.uniform()))
}

/** The law with one more sum, which is added with factor 0 to the part of the node function at `place`. */
function withAnotherSum(formula: GraphLaw, message: Expression, place: number): GraphLaw {
  const name = `e${formula.messages.length + 1}`
  const part = partAt(formula.node, place)
  const node = replaceAt(formula.node, place, call('+', part, call('*', freeConstant(0), variable(name))))
  return { messages: [...formula.messages, message], node }
}

/**
 * The laws that a physicist would try next, all neutral at first, as in `mutateLaw`: every part that varies gets a constant
 * added, or a power; each variable of the node becomes one more term of it; every sum is multiplied or divided by a line in a
 * variable of the halo; every variable of the pair and every product of two becomes one more term of each sum in a message;
 * another sum joins the terms of the node. Further laws leave out one part, or have another kind of distance window.
 */
export function completions(formula: GraphLaw, vocabulary: LawVocabulary): GraphLaw[] {
  const everywhere = (expression: Expression): Expression[] =>
    placesOf(expression).flatMap((place) => {
      const part = partAt(expression, place)
      if (part.kind === 'constant') return []
      const without = part.kind === 'call' ? part.args : []
      return [call('+', part, freeConstant(0)), call('^', part, freeConstant(1)), ...without].map((next) =>
        replaceAt(expression, place, next)
      )
    })
  const lines = (base: number, names: readonly string[]): Expression[] =>
    names.map((name) => call('+', freeConstant(base), call('*', freeConstant(0), variable(name))))
  const haloVariables = vocabulary.node.filter((name) => !isSum(name))
  const weighed = formula.messages.flatMap((_, k) => {
    const sum = variable(`e${k + 1}`)
    return lines(1, haloVariables).flatMap((line) =>
      [call('/', sum, line), call('*', sum, line)].map((next) => substitute(formula.node, new Map([[sum.name, next]])))
    )
  })
  const terms = withTerms(
    formula.node,
    namesOfNode(formula, vocabulary).map((name) => variable(name))
  )
  return [
    ...[...terms, ...weighed, ...everywhere(formula.node)].map((node) => ({ ...formula, node })),
    ...formula.messages.flatMap((message, k) => {
      const names = namesOfMessage(k, vocabulary)
      const factors = [...productsOf(names), ...(names.includes('r') ? edges() : [])]
      return [...everywhere(message), ...withOtherWindows(message), ...withTerms(message, factors)].map((next) => ({
        ...formula,
        messages: formula.messages.with(k, next)
      }))
    }),
    ...(mayAddSum(formula, vocabulary) ? withOtherSums(formula, vocabulary) : [])
  ]
}

/** Each variable, and each product of two */
function productsOf(names: readonly string[]): Expression[] {
  return names.flatMap((a, n) => [variable(a), ...names.slice(n).map((b) => call('*', variable(a), variable(b)))])
}

/** Soft steps at several distances, each one wide and one narrow */
function edges(): Expression[] {
  return windowScales.flatMap((scale) =>
    [3, 12].map((steepness) =>
      call('tanh', call('-', freeConstant(steepness), call('*', freeConstant(steepness / scale), variable('r'))))
    )
  )
}

/** Each factor times 0 as one more term of the whole and of every sum in it. */
function withTerms(expression: Expression, factors: readonly Expression[]): Expression[] {
  return termPlaces(expression).flatMap((place) =>
    factors.map((factor) =>
      replaceAt(expression, place, call('+', partAt(expression, place), call('*', freeConstant(0), factor)))
    )
  )
}

/** Half widths of further windows, Mpc/h */
const windowScales = [7, 14, 21, 32]
const steepnessOfSums = 6

function withOtherSums(formula: GraphLaw, { pair }: LawVocabulary): GraphLaw[] {
  const factors = [constant(1), ...pair.filter((name) => name !== 'r').map((name) => variable(name))]
  return windowScales.flatMap((scale) =>
    factors.flatMap((factor) =>
      termPlaces(formula.node).map((place) =>
        withAnotherSum(formula, call('/', factor, fall(scale, steepnessOfSums)), place)
      )
    )
  )
}

const placesOf = (expression: Expression): number[] => Array.from({ length: sizeOf(expression) }, (_, place) => place)

/** The whole, and every sum or difference that is not a term of another. */
function termPlaces(expression: Expression): number[] {
  const isTerms = (e: Expression): boolean => e.kind === 'call' && (e.op === '+' || e.op === '-')
  const parents = new Map<Expression, Expression>()
  const link = (e: Expression): void => {
    if (e.kind !== 'call') return
    for (const arg of e.args) {
      parents.set(arg, e)
      link(arg)
    }
  }
  link(expression)
  return placesOf(expression).filter((place) => {
    const part = partAt(expression, place)
    const parent = parents.get(part)
    return place === 0 || (isTerms(part) && !(parent && isTerms(parent)))
  })
}

/** The node function of b on the messages of a, and on b's messages without a counterpart in a. */
export function crossLaws(a: GraphLaw, b: GraphLaw): GraphLaw {
  return { messages: [...a.messages, ...b.messages.slice(a.messages.length)], node: b.node }
}

type Change = (part: Expression, random: Random, variables: readonly string[]) => Expression | null

const someVariable = (random: Random, variables: readonly string[]): Expression =>
  variable(variables[random.integer(variables.length)])

/** 5 to 45 Mpc/h, evenly in the logarithm: from the halos' own neighbourhood to the usual radius of a graph. */
const someScale = (random: Random): number => 5 * 9 ** random.uniform()

/** C + (r/C)^C, as a denominator. */
function fall(scale: number, steepness: number): Expression {
  const ratio = call('*', freeConstant(1 / scale), variable('r'))
  return call('+', freeConstant(1), call('^', ratio, freeConstant(steepness)))
}

const swaps: Partial<Record<Operator, Operator[]>> = {
  '+': ['-', '*'],
  '-': ['+', '/'],
  '*': ['/', '+'],
  '/': ['*', '-']
}

/** Each change returns what replaces the chosen part; null where it does not apply. */
const changes: { weight: number; change: Change }[] = [
  {
    weight: 2,
    change: (part, random, variables) => call('+', part, call('*', freeConstant(0), someVariable(random, variables)))
  },
  {
    weight: 2,
    change: (part, random, variables) => call('*', part, call('^', someVariable(random, variables), freeConstant(0)))
  },
  {
    weight: 2,
    change: (part, random, variables) => {
      const product = call('*', someVariable(random, variables), someVariable(random, variables))
      return call('+', part, call('*', freeConstant(0), product))
    }
  },
  { weight: 1, change: (part) => call('+', part, freeConstant(0)) },
  { weight: 1, change: (part) => call('*', part, freeConstant(1)) },
  { weight: 2, change: (part) => (part.kind === 'constant' ? null : call('^', part, freeConstant(1))) },
  {
    weight: 1,
    change: (part, random, variables) =>
      call('/', part, call('+', freeConstant(1), call('*', freeConstant(0), someVariable(random, variables))))
  },
  // Soft windows of distance: 1 well inside a scale, falling beyond it, without a pole for any scale and power.
  {
    weight: 2,
    change: (part, random, variables) =>
      variables.includes('r') ? call('/', part, fall(someScale(random), 2 + 8 * random.uniform())) : null
  },
  {
    weight: 1,
    change: (part, random, variables) => {
      if (!variables.includes('r')) return null
      const edge = someScale(random)
      const steps = 3 + 6 * random.uniform()
      const inside = call('-', freeConstant(steps), call('*', freeConstant(steps / edge), variable('r')))
      return call('*', part, call('+', freeConstant(1), call('tanh', inside)))
    }
  },
  { weight: 1, change: (part) => call('exp', part) },
  // Saturation of a part short enough to stand twice
  {
    weight: 1,
    change: (part) =>
      part.kind === 'constant' || sizeOf(part) > 3
        ? null
        : call('/', part, call('+', freeConstant(1), call('*', freeConstant(0), part)))
  },
  // A variable for a constant or another variable, and back.
  { weight: 3, change: (part, random, variables) => (part.kind === 'call' ? null : someVariable(random, variables)) },
  { weight: 1, change: (part) => (part.kind === 'constant' ? null : freeConstant(1)) },
  // Shrinking: one of its arguments replaces an operator.
  { weight: 6, change: (part, random) => (part.kind === 'call' ? part.args[random.integer(part.args.length)] : null) },
  { weight: 1, change: (part, random) => swapOperator(part, random) }
]
const totalWeight = changes.reduce((sum, { weight }) => sum + weight, 0)

function swapOperator(part: Expression, random: Random): Expression | null {
  const others = part.kind === 'call' ? swaps[part.op] : undefined
  return others ? { ...(part as Call), op: others[random.integer(others.length)] } : null
}

function changeSomewhere(expression: Expression, random: Random, variables: readonly string[]): Expression {
  for (let attempt = 0; attempt < 20; attempt++) {
    let pick = random.integer(totalWeight)
    const { change } = changes.find(({ weight }) => (pick -= weight) < 0)!
    const place = random.integer(sizeOf(expression))
    const part = partAt(expression, place)
    const next = change(part, random, variables)
    if (next && !equal(next, part)) return replaceAt(expression, place, next)
  }
  return expression
}

/** The node at `place`, counted from the root (0) down, left to right. */
function partAt(expression: Expression, place: number): Expression {
  if (place === 0 || expression.kind !== 'call') return expression
  let left = place - 1
  for (const arg of expression.args) {
    const size = sizeOf(arg)
    if (left < size) return partAt(arg, left)
    left -= size
  }
  return expression
}

function replaceAt(expression: Expression, place: number, part: Expression): Expression {
  if (place === 0 || expression.kind !== 'call') return part
  let left = place - 1
  const args = expression.args.map((arg) => {
    const size = sizeOf(arg)
    const here = left >= 0 && left < size
    const next = here ? replaceAt(arg, left, part) : arg
    left -= size
    return next
  })
  return { ...expression, args }
}
