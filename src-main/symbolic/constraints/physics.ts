import { Random } from '../../random.ts'
import type { Expression } from '../language/expression.ts'
import { fitted, fromExpression, join, programOf, type Genome } from '../language/genome.ts'
import { evaluateProgram } from '../language/native-evaluate.ts'
import { opcodes } from '../language/program.ts'
import { fitsUnits, type UnitSystem } from './units.ts'
import { opcodeOf } from '../language/program.ts'
import { namesOf, valuesOf, type Inputs } from './inputs.ts'
import { LimitChecker, type Limit } from './limits.ts'
import { describeSymmetry, signOf, transformed, type Symmetry } from './symmetry.ts'

/** Physics that constrains a law, as plain data. */
export interface PhysicsConstraints {
  readonly symmetries: readonly Symmetry[]
  readonly limits: readonly Limit[]
  /** Of the table's variables; null: none are known */
  readonly units: UnitSystem | null
  /** Factor on the loss for each violation; Infinity: formulas with violations are rejected */
  readonly penalty: number
}

/** scale * formula + offset */
export interface ScaleOffset {
  scale: number
  offset: number
}

const testRows = 12

/** The loss times the penalty, also where the loss is 0 and the penalty infinite. */
export function applyPenalty(loss: number, factor: number): number {
  return factor === 1 ? loss : factor === Infinity ? Infinity : loss * factor
}

/**
 * Finds the constraints that a formula violates. Symmetries are tested on rows within and beyond the data, with changed constants, so
 * that a law has them by its form and not by the chance of a fit; limits are tested with the formula's constants.
 */
export class PhysicsChecker {
  readonly penalty: number
  /** Values named by limits, which are worth trying as constants. */
  readonly literals: readonly number[]
  private readonly symmetries: readonly Symmetry[]
  private readonly units: UnitSystem | null
  private readonly limits: LimitChecker | null
  private readonly limitColumns: Float64Array[]
  /** Unchanged test rows, then the rows under each symmetry, one after the other. */
  private readonly symmetryColumns: Float64Array[]
  private readonly names: string[]

  /**
   * @param table the rows that the search fits to, by variable
   * @param units of the inputs; null: units are not checked
   */
  constructor(
    demands: PhysicsConstraints,
    inputs: Inputs,
    units: UnitSystem | null,
    table: ReadonlyMap<string, Float64Array>,
    target: Float64Array
  ) {
    this.penalty = demands.penalty
    this.symmetries = demands.symmetries
    this.units = units
    this.names = namesOf(inputs)
    this.limits = demands.limits.length > 0 ? new LimitChecker(demands.limits, table, target) : null
    this.limitColumns = this.limits ? valuesOf(inputs, this.limits.columns) : []
    this.symmetryColumns = this.symmetries.length > 0 ? valuesOf(inputs, symmetryRows(this.symmetries, table)) : []
    this.literals = demands.limits.flatMap((limit) =>
      limit.kind === 'limit' && limit.wants.kind === 'value' && Number.isFinite(limit.wants.value)
        ? [limit.wants.value, -limit.wants.value]
        : []
    )
  }

  /** False if the form violates a symmetry for any constants, and violations are rejected and not only penalised. */
  allowsForm(genome: Genome): boolean {
    return this.penalty < Infinity || this.violatedSymmetries(shaken(genome)).length === 0
  }

  /** Factor on the loss for each scale and offset: 1 without violations, Infinity where the formula is rejected. */
  penaltyFactors(genome: Genome, lines: readonly ScaleOffset[]): number[] {
    const symmetries = this.violatedSymmetries(shaken(genome))
    const ends = this.limits && evaluateProgram(asProgram(genome), this.limitColumns, this.limits.rows)
    return lines.map((line) => this.factor(this.countViolations(genome, line, symmetries, ends)))
  }

  /** The same for a formula of the variables. */
  penaltyFactor(expression: Expression): number {
    return this.factor(this.violations(expression).length)
  }

  /** The constraints that a formula violates, in words. */
  violations(expression: Expression): string[] {
    const genome = fromExpression(expression, this.names, { integers: 'literal' })
    const ends = this.limits && evaluateProgram(asProgram(genome), this.limitColumns, this.limits.rows)
    return [
      ...(this.violatesUnits(genome, plain) ? ['units'] : []),
      ...this.violatedSymmetries(genome).map((k) => describeSymmetry(this.symmetries[k])),
      ...(ends ? this.limits!.violations(ends).map((k) => this.limits!.limits[k].text) : [])
    ]
  }

  private factor(violated: number): number {
    return violated === 0 ? 1 : this.penalty ** violated
  }

  private countViolations(
    genome: Genome,
    line: ScaleOffset,
    symmetries: readonly number[],
    ends: Float64Array | null
  ): number {
    const shifted = line.offset !== 0
    // an offset is even, whatever its sign
    const byOffset = shifted
      ? this.symmetries.filter((symmetry, k) => signOf(symmetry) < 0 && !symmetries.includes(k)).length
      : 0
    const byLimits = ends ? this.limits!.violations(ends, line.scale, line.offset).length : 0
    return symmetries.length + byOffset + byLimits + (this.violatesUnits(genome, line) ? 1 : 0)
  }

  private violatesUnits(genome: Genome, line: ScaleOffset): boolean {
    if (!this.units) return false
    const unscaled = line.scale === 1 && line.offset === 0
    if (this.units.constants !== 'plain') return !fitsUnits(genome, this.units, unscaled ? 'target' : 'any')
    const shifted = line.offset === 0 ? genome : join(opcodeOf('+'), genome, fitted(line.offset))
    return !fitsUnits(shifted, this.units, 'target')
  }

  private violatedSymmetries(genome: Genome): number[] {
    if (this.symmetries.length === 0) return []
    const values = evaluateProgram(asProgram(genome), this.symmetryColumns, this.symmetryColumns[0].length)
    const rows = testRows
    // rounding errors of a difference grow with the size of its terms
    const sizes = values.map(Math.abs).filter(Number.isFinite).sort()
    const typical = sizes[sizes.length >> 1] ?? 0
    return this.symmetries.flatMap((symmetry, k) => {
      const sign = signOf(symmetry)
      let compared = 0
      for (let i = 0; i < rows; i++) {
        const [here, there] = [values[i], values[(k + 1) * rows + i]]
        if (!Number.isFinite(here) && !Number.isFinite(there)) continue
        const tolerance = 1e-9 * Math.max(Math.abs(here), Math.abs(there)) + 1e-13 * typical
        if (!(Number.isFinite(here - there) && Math.abs(there - sign * here) <= tolerance)) return [k]
        compared++
      }
      return compared > 1 ? [] : [k]
    })
  }
}

const plain: ScaleOffset = { scale: 1, offset: 0 }

/**
 * Test rows of each variable: half are shuffled data values, half come from a range twice as wide; then their images under the
 * symmetries.
 */
function symmetryRows(
  symmetries: readonly Symmetry[],
  table: ReadonlyMap<string, Float64Array>
): Map<string, Float64Array> {
  const random = new Random(20)
  const rows = new Map(
    [...table].map(([name, values]) => {
      const low = values.reduce((a, b) => Math.min(a, b), Infinity)
      const high = values.reduce((a, b) => Math.max(a, b), -Infinity)
      const width = high - low || Math.abs(high) || 1
      const beyond = (): number => {
        const value = low - width / 2 + 2 * width * random.uniform()
        // variables without negative values may only be valid there
        return low >= 0 ? Math.abs(value) : value
      }
      const fromData = (): number => values[random.integer(values.length)]
      return [name, Float64Array.from({ length: testRows }, (_, i) => (i % 2 === 0 ? fromData() : beyond()))]
    })
  )
  const images = symmetries.map((symmetry) => transformed(symmetry, rows, (column) => column.map((v) => -v)))
  return new Map(
    [...rows].map(([name, values]) => [
      name,
      Float64Array.from([values, ...images.map((image) => image.get(name)!)].flatMap((part) => [...part]))
    ])
  )
}

/** The genome with each fitted constant changed a little, each by a different share. */
function shaken(genome: Genome): Genome {
  let k = 0
  const moved = genome.args.map((arg, i) => {
    if (genome.ops[i] !== opcodes.parameter) return arg
    const share = 1 + 0.2 * (((++k * 0.6180339887) % 1) + 0.1)
    return (arg === 0 ? 0.3 : arg) * share
  })
  return { ...genome, args: moved }
}

function asProgram(genome: Genome): Parameters<typeof evaluateProgram>[0] {
  const { code, constants, parameters } = programOf(genome)
  return { code, constants, parameters: Array.from({ length: parameters }, String), variables: [], stackDepth: 0 }
}
