import { badInput } from '../../../src-shared/errors.ts'
import { operators as arities, type Operator } from '../language/expression.ts'
import { column, join, literal, type Genome } from '../language/genome.ts'
import { sameUnit, unitOf, type Dimensions, type UnitSystem } from './units.ts'
import { opcodeOf } from '../language/program.ts'

type Unit = Dimensions | null

const most = 60
const needNumbers: readonly Operator[] = [
  'exp',
  'log',
  'log10',
  'sin',
  'cos',
  'tan',
  'tanh',
  'asin',
  'acos',
  'atan',
  'erf'
]
/** Operators that turn any units into plain numbers. */
const makeNumbers: readonly Operator[] = ['>', '<', '>=', '<=', '==', '!=', 'and', 'or', 'not', 'step', 'abs']

/**
 * The operators that the units allow somewhere.
 * @throws HalolawError `bad-input` if no formula of the variables can have the target's unit, or no operator is left
 */
export function usableOperators(
  operators: readonly Operator[],
  system: UnitSystem,
  variables: readonly string[],
  target: string
): Operator[] {
  const { units, closed } = reachable(operators, system)
  const known = units.every((unit) => unit !== null)
  const inReach = units.some((unit) => sameUnit(unit, system.target))
  const named = variables.map((name, k) => `${name} (${unitText(system.variables[k], system)})`).join(', ')
  const outside = (): boolean => {
    const dimensions = system.variables as readonly Dimensions[]
    return system.target !== null && rank(dimensions) < rank([...dimensions, system.target])
  }
  if (!inReach && known && (closed || outside()))
    throw badInput(
      `The units forbid every formula: ${named} cannot be combined by ${operators.join(' ')} into the unit of "${target}" (${unitText(system.target, system)})${
        system.constants === 'plain' ? ' with constants that are plain numbers' : ''
      }; ${system.constants === 'plain' ? 'let constants carry units, ' : ''}mend a unit, or add operators or columns.`
    )
  const numberless = known && !hasNumbers(operators, system)
  const usable = operators.filter((op) => {
    if (numberless && needNumbers.includes(op)) return false
    return !closed || fits(op, units, system)
  })
  if (usable.length === 0)
    throw badInput(
      `The units leave no operator of ${operators.join(' ')} that could act on ${named} anywhere; allow others.`
    )
  return usable
}

/** True if the variables can be combined into plain numbers. */
function hasNumbers(operators: readonly Operator[], system: UnitSystem): boolean {
  if (system.constants !== 'plain' && (operators.includes('*') || operators.includes('/'))) return true
  if (operators.some((op) => makeNumbers.includes(op))) return true
  const dimensions = system.variables as readonly Dimensions[]
  return rank(dimensions) < dimensions.length
}

/** The units that formulas of the variables can have, found by applying operators repeatedly; `closed`: the list is complete. */
function reachable(operators: readonly Operator[], system: UnitSystem): { units: Unit[]; closed: boolean } {
  const units: Unit[] = []
  const add = (unit: Unit): void => {
    const isNew =
      unit === null ? !units.includes(null) : !units.some((other) => other !== null && sameUnit(other, unit))
    if (isNew) units.push(unit)
  }
  system.variables.forEach(add)
  for (let before = 0; before < units.length;) {
    before = units.length
    for (const op of operators)
      for (const unit of unitsOf(op, [...units], system)) {
        add(unit)
        if (units.length > most || units.includes(null)) return { units, closed: false }
      }
  }
  return { units, closed: true }
}

function fits(op: Operator, units: readonly Unit[], system: UnitSystem): boolean {
  return !unitsOf(op, units, system).next().done
}

/** The units of an operator's result for arguments of the given units, at least one of which is not a constant. */
function* unitsOf(op: Operator, units: readonly Unit[], system: UnitSystem): Generator<Unit> {
  const scope = { ...system, variables: [...units] }
  const constant = literal(2)
  const values = units.map((_, k) => column(k))
  const either = [...values, constant]
  const count = arities[op]
  const lists: Genome[][] =
    count === 1
      ? values.map((a) => [a])
      : count === 2
        ? either.flatMap((a) => either.map((b) => [a, b]))
        : either.flatMap((b) =>
            either.flatMap((c) => [
              [values[0], b, c],
              [constant, b, c],
              [b, c, constant]
            ])
          )
  for (const args of lists) {
    if (args.every((arg) => arg === constant)) continue
    const unit = unitOf(join(opcodeOf(op), ...args), scope)
    if (unit !== 'misfit') yield unit
  }
}

/** Rank of a list of vectors, by elimination. */
function rank(vectors: readonly Dimensions[]): number {
  const rows = vectors.map((vector) => [...vector])
  let pivots = 0
  for (let c = 0; c < (rows[0]?.length ?? 0); c++) {
    const pivot = rows.findIndex((row, k) => k >= pivots && Math.abs(row[c]) > 1e-9)
    if (pivot < 0) continue
    ;[rows[pivots], rows[pivot]] = [rows[pivot], rows[pivots]]
    for (let k = pivots + 1; k < rows.length; k++) {
      const factor = rows[k][c] / rows[pivots][c]
      rows[k] = rows[k].map((value, i) => value - factor * rows[pivots][i])
    }
    pivots++
  }
  return pivots
}

/** As in kg m^2 / s^2, `any unit` or `a plain number`. */
function unitText(unit: Unit, system: UnitSystem): string {
  if (unit === null) return 'any unit'
  const part = (sign: number): string[] =>
    system.bases.flatMap((base, k) => {
      const power = sign * unit[k]
      return power <= 0 ? [] : [power === 1 ? base : `${base}^${power}`]
    })
  const [above, below] = [part(1), part(-1)]
  if (above.length + below.length === 0) return 'a plain number'
  const under = below.length > 1 ? `(${below.join(' ')})` : below[0]
  return below.length === 0 ? above.join(' ') : `${above.join(' ') || '1'}/${under}`
}
