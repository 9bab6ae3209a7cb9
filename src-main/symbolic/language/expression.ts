/**
 * Formulas as immutable trees: masks, derived columns, baselines and laws are all expressions. Trees are read, printed and rewritten;
 * `compile` turns a tree into a postfix Program for fast evaluation.
 */
export type Expression = Constant | Variable | Call

export interface Constant {
  readonly kind: 'constant'
  readonly value: number
  /** A fitted constant has a name (C1, C2...); a literal such as the 2 of x^2 has none and is never refitted. */
  readonly name?: string
}

export interface Variable {
  readonly kind: 'variable'
  readonly name: string
}

export interface Call {
  readonly kind: 'call'
  readonly op: Operator
  readonly args: readonly Expression[]
}

/**
 * Every operator, in the order of its opcode (native/kernels/expression_ops.h lists the same order), with its number of arguments.
 * `neg` is written -a, `if` is written if(c, a, b). Comparisons and logic give 1, 0, or NaN if a NaN argument decides. `step` is 1 for
 * arguments of 0 and above. Outside an operator's domain (log of -1) the value is NaN, never 0.
 */
export const operators = {
  '+': 2,
  '-': 2,
  '*': 2,
  '/': 2,
  '^': 2,
  '>': 2,
  '<': 2,
  '>=': 2,
  '<=': 2,
  '==': 2,
  '!=': 2,
  and: 2,
  or: 2,
  not: 1,
  neg: 1,
  abs: 1,
  square: 1,
  cube: 1,
  sqrt: 1,
  inv: 1,
  exp: 1,
  log: 1,
  log10: 1,
  sin: 1,
  cos: 1,
  tan: 1,
  tanh: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  erf: 1,
  min: 2,
  max: 2,
  clamp: 3,
  step: 1,
  if: 3
} as const satisfies Record<string, number>

/** Operators by their name in the text of a formula. */
export type Operator = keyof typeof operators

export const operatorNames = Object.keys(operators) as Operator[]

export function constant(value: number, name?: string): Constant {
  return name === undefined ? { kind: 'constant', value } : { kind: 'constant', value, name }
}

export function variable(name: string): Variable {
  return { kind: 'variable', name }
}

export function call(op: Operator, ...args: Expression[]): Call {
  return { kind: 'call', op, args }
}

/** Cost of operators, variables and constants; 1 where absent. */
export interface ComplexityWeights {
  operators?: Partial<Record<Operator, number>>
  variable?: number
  /** Of single variables, by name */
  variables?: Readonly<Record<string, number>>
  constant?: number
}

/** The paper's weights (arXiv 2006.11287): ^, exp, log and IF cost three times the others. */
export const paperWeights: ComplexityWeights = { operators: { '^': 3, exp: 3, log: 3, if: 3 } }

/** Operators, variables and constants, each counted with its weight. */
export function complexity(expression: Expression, weights: ComplexityWeights = paperWeights): number {
  switch (expression.kind) {
    case 'constant':
      return weights.constant ?? 1
    case 'variable':
      return weights.variables?.[expression.name] ?? weights.variable ?? 1
    case 'call':
      return expression.args.reduce(
        (sum, arg) => sum + complexity(arg, weights),
        weights.operators?.[expression.op] ?? 1
      )
  }
}

/** Calls `visit` for every node, children before their parent, from left to right. */
export function walk(expression: Expression, visit: (node: Expression) => void): void {
  if (expression.kind === 'call') for (const arg of expression.args) walk(arg, visit)
  visit(expression)
}

/** Number of nodes. */
export function sizeOf(expression: Expression): number {
  return expression.kind === 'call' ? expression.args.reduce((sum, arg) => sum + sizeOf(arg), 1) : 1
}

/** Levels of the tree; a leaf has one. */
export function depthOf(expression: Expression): number {
  return expression.kind === 'call' ? 1 + Math.max(...expression.args.map(depthOf)) : 1
}

/** Names of the variables, each once, in the order of their first appearance. */
export function variablesOf(expression: Expression): string[] {
  const names = new Set<string>()
  walk(expression, (node) => node.kind === 'variable' && names.add(node.name))
  return [...names]
}

/** The named (fitted) constants, each name once, in the order of first appearance. */
export function constantsOf(expression: Expression): { name: string; value: number }[] {
  const values = new Map<string, number>()
  walk(expression, (node) => {
    if (node.kind === 'constant' && node.name !== undefined && !values.has(node.name)) values.set(node.name, node.value)
  })
  return [...values].map(([name, value]) => ({ name, value }))
}

/** Rebuilds a tree bottom-up; `change` sees each node after its children were changed. */
export function mapExpression(expression: Expression, change: (node: Expression) => Expression): Expression {
  if (expression.kind !== 'call') return change(expression)
  return change({ ...expression, args: expression.args.map((arg) => mapExpression(arg, change)) })
}

/** Replaces variables by expressions; variables that `replacements` does not name stay. */
export function substitute(expression: Expression, replacements: ReadonlyMap<string, Expression>): Expression {
  return mapExpression(expression, (node) => (node.kind === 'variable' ? (replacements.get(node.name) ?? node) : node))
}

/** Gives named constants new values. */
export function withConstants(expression: Expression, values: ReadonlyMap<string, number>): Expression {
  return mapExpression(expression, (node) => {
    const value = node.kind === 'constant' && node.name !== undefined ? values.get(node.name) : undefined
    return value === undefined ? node : { ...(node as Constant), value }
  })
}

/**
 * Ties the occurrences of one fitted constant in a formula (a function that a template uses twice has the same constants in both
 * places). Names cannot, because different constants may have the same name.
 */
export const tieOf = (slot: number): string => `=${slot}`
export const isTied = (name: string | undefined): name is string => name !== undefined && name.startsWith('=')

/** Names every constant C1, C2... that is not an integer, so that a refit moves them all; tied ones get one name. */
export function nameConstants(
  expression: Expression,
  prefix = 'C',
  first = 1,
  isFitted: (value: number) => boolean = (value) => !Number.isInteger(value)
): Expression {
  let next = first
  const ties = new Map<string, string>()
  return mapExpression(expression, (node) => {
    if (node.kind !== 'constant' || (node.name === undefined && !isFitted(node.value))) return node
    const name = (isTied(node.name) ? ties.get(node.name) : undefined) ?? `${prefix}${next++}`
    if (isTied(node.name)) ties.set(node.name, name)
    return constant(node.value, name)
  })
}

/** True for equal trees with equal values (NaN equals NaN) and names. */
export function equal(a: Expression, b: Expression): boolean {
  if (a === b) return true
  if (a.kind === 'constant') return b.kind === 'constant' && Object.is(a.value, b.value) && a.name === b.name
  if (a.kind === 'variable') return b.kind === 'variable' && a.name === b.name
  return b.kind === 'call' && a.op === b.op && a.args.every((arg, i) => equal(arg, b.args[i]))
}
