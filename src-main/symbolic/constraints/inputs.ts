import { evaluate } from '../language/evaluate.ts'
import { complexity, substitute, variable, type ComplexityWeights, type Expression } from '../language/expression.ts'
import { fromExpression, toExpression, type Genome, type UserOperatorNames } from '../language/genome.ts'
import { unitOf, type UnitSystem } from './units.ts'

/**
 * The columns that a search works on: first those that formulas are built from (variables, or small formulas of them such as m_i +
 * m_j), then the remaining variables, which guesses and other formulas from outside may use.
 */
export interface Inputs {
  readonly columns: readonly Expression[]
  /** How many of the columns, from the first, formulas are built from. */
  readonly leaves: number
}

export function inputsOf(leaves: readonly Expression[], variables: readonly string[]): Inputs {
  const plain = new Set(leaves.map((leaf) => (leaf.kind === 'variable' ? leaf.name : '')))
  return { columns: [...leaves, ...variables.filter((name) => !plain.has(name)).map(variable)], leaves: leaves.length }
}

/** A name for each column: the variable's name, or one that no variable has. */
export function namesOf(inputs: Inputs): string[] {
  return inputs.columns.map((column, k) => (column.kind === 'variable' ? column.name : `\0${k}`))
}

/** The values of each column; variables keep their array. */
export function valuesOf(inputs: Inputs, table: ReadonlyMap<string, Float64Array>): Float64Array[] {
  const rows = table.values().next().value?.length ?? 0
  return inputs.columns.map((column) =>
    column.kind === 'variable' ? table.get(column.name)! : evaluate(column, table, rows)
  )
}

/** The units of each column, from those of the variables. */
export function unitsOf(inputs: Inputs, variables: readonly string[], units: UnitSystem): UnitSystem {
  const dimensions = inputs.columns.map((column) => {
    const unit = unitOf(fromExpression(column, variables, { integers: 'literal' }), units)
    return unit === 'misfit' ? null : unit
  })
  return { ...units, variables: dimensions }
}

/** Complexity of each column in a formula that is written out. */
export function costsOf(inputs: Inputs, weights: ComplexityWeights): number[] {
  return inputs.columns.map((column) => complexity(column, weights))
}

/** The genome as a formula of the variables. */
export function writeOut(genome: Genome, inputs: Inputs, userOperators?: UserOperatorNames): Expression {
  const names = namesOf(inputs)
  return substitute(
    toExpression(genome, names, userOperators),
    new Map(names.map((name, k) => [name, inputs.columns[k]]))
  )
}
