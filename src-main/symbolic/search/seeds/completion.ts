import type { Operator } from '../../language/expression.ts'
import type { FitTable, LinearMatch, Place, PowerMatch } from '../../fit/fitting.ts'
import { column, fitted, join, literal, replaceAt, type Genome } from '../../language/genome.ts'
import { fitsUnits, type UnitSystem } from '../../constraints/units.ts'
import { opcodeOf } from '../../language/program.ts'
import type { Vocabulary } from '../../language/vocabulary.ts'

const add = opcodeOf('+')
const subtract = opcodeOf('-')
const multiply = opcodeOf('*')
const divide = opcodeOf('/')
const power = opcodeOf('^')
const commutative = new Set([add, multiply])
const maxEntries = 6000
/** Functions worth tabulating; matching handles powers of entries. */
const tabulated: Operator[] = ['square', 'sqrt', 'exp', 'log', 'sin', 'cos', 'tanh', 'inv', 'abs', 'cube']

/**
 * Every small formula once (up to scale and offset), evaluated in advance: one sweep over the table finds the best of them for a place
 * in a formula.
 */
export class Completion {
  private readonly table: FitTable
  private readonly vocabulary: Vocabulary
  private readonly entries: Genome[] = []
  private readonly units: UnitSystem | null
  private readonly spans: readonly number[]
  private readonly columns: readonly number[]
  /** Whether the operators exist that a filled-in part is written with. */
  readonly canWrite: boolean
  private readonly hasSquare: boolean
  private readonly hasSqrt: boolean
  private readonly hasPower: boolean

  /**
   * @param spans largest minus smallest value of each column
   * @param columns columns that formulas are built from; default: the first ones, as many as the vocabulary has variables
   */
  constructor(
    table: FitTable,
    vocabulary: Vocabulary,
    spans: readonly number[],
    units: UnitSystem | null,
    columns: readonly number[] = Array.from({ length: vocabulary.variables }, (_, v) => v)
  ) {
    this.columns = columns
    this.units = units
    this.spans = spans
    this.table = table
    this.vocabulary = vocabulary
    this.hasSquare = vocabulary.unary.includes(opcodeOf('square'))
    this.hasSqrt = vocabulary.unary.includes(opcodeOf('sqrt'))
    this.hasPower = vocabulary.binary.includes(power)
    // filled-in parts are written with these
    this.canWrite = [add, multiply, divide].every((op) => vocabulary.binary.includes(op))
    if (this.canWrite) this.enumerate()
  }

  get size(): number {
    return this.entries.length
  }

  /** Leaves, then operators on them, then on those, until the library is full. */
  private enumerate(): void {
    const tabulatedCodes = [...tabulated.map(opcodeOf), ...this.table.userOperators.opcodes]
    const unary = tabulatedCodes.filter((op) => this.vocabulary.unary.includes(op))
    const binary = [add, subtract, multiply, divide].filter((op) => this.vocabulary.binary.includes(op))
    const keep = (list: Genome[]): Genome[] =>
      list.filter((genome) => this.entries.length < maxEntries && this.keep(genome))
    const leaves = keep(this.columns.map(column))
    const applied = (list: Genome[]): Genome[] => unary.flatMap((op) => list.map((genome) => join(op, genome)))
    const pairsWithin = (list: Genome[]): Genome[] =>
      binary.flatMap((op) => list.flatMap((a, i) => list.slice(commutative.has(op) ? i : 0).map((b) => join(op, a, b))))
    const pairsBetween = (left: Genome[], right: Genome[]): Genome[] =>
      binary.flatMap((op) =>
        left.flatMap((a) =>
          right.flatMap((b) => (commutative.has(op) ? [join(op, a, b)] : [join(op, a, b), join(op, b, a)]))
        )
      )
    const functions = keep(applied(leaves))
    const products = keep(pairsWithin(leaves))
    const functionsOfPairs = keep(applied([...functions, ...products]))
    keep(pairsWithin(functions).slice(0, 2500))
    const triples = keep(pairsBetween(products, leaves))
    const waves = keep(this.waves(leaves))
    const mixed = keep(pairsBetween(functions, leaves))
    keep(pairsBetween(waves.slice(0, 200), leaves))
    keep(applied(triples))
    keep(pairsBetween(functionsOfPairs, leaves))
    keep(pairsBetween(mixed, leaves))
    keep(pairsWithin(products))
  }

  /** sin(c x) and cos(c x) for up to six periods within a variable's span, because a fit finds a frequency only from a close start. */
  private waves(leaves: Genome[]): Genome[] {
    const functions = (['sin', 'cos'] as const).map(opcodeOf).filter((op) => this.vocabulary.unary.includes(op))
    if (leaves.length > 8) return []
    return leaves.flatMap((leaf) => {
      const step = Math.PI / 2 / this.spans[leaf.args[0]]
      return Array.from({ length: 24 }, (_, k) => join(multiply, fitted((k + 1) * step), leaf)).flatMap((scaled) =>
        functions.map((op) => join(op, scaled))
      )
    })
  }

  private keep(genome: Genome): boolean {
    if (this.units && !fitsUnits(this.table.userOperators.expand(genome), this.units, 'any')) return false
    if (!this.table.addToLibrary(genome)) return false
    this.entries.push(genome)
    return true
  }

  /** Formulas with the best entries filled in at this place. */
  complete(genome: Genome, place: Place, top: number): Genome[] {
    return this.pieces(genome, place, top).map((piece) => replaceAt(genome, place.node, piece))
  }

  /** The best entries for this place. */
  pieces(genome: Genome, place: Place, top: number): Genome[] {
    if (!this.canWrite) return []
    const matches = this.table.match(genome, place, top)
    if (!matches) return []
    const pieces = [
      ...matches.powers.filter((m) => m.score > 0.1).flatMap((m) => this.powerLaw(m)),
      ...matches.linear.map((m) => this.line(m))
    ]
    for (const [first, second] of matches.pairs) pieces.push(this.sum(first, second))
    return pieces
  }

  private sum(first: LinearMatch, second: LinearMatch): Genome {
    const isNegative = Math.abs(second.slope + 1) < 1e-6
    if (isNegative && this.vocabulary.binary.includes(subtract))
      return join(subtract, this.line(first), this.entries[second.entry])
    return join(add, this.line(first), this.scaled(second))
  }

  /** entry + shift with a positive sign, so that it has any power. */
  private base(entry: number, shift: number, sign: number): Genome {
    const plain = this.entries[entry]
    if (sign < 0) {
      const negative = this.vocabulary.binary.includes(subtract) && shift !== 0
      if (negative) return join(subtract, fitted(-shift), plain)
      const turned = join(multiply, fitted(-1), plain)
      return shift === 0 ? turned : join(add, turned, fitted(-shift))
    }
    return shift === 0 ? plain : join(add, plain, fitted(shift))
  }

  private scaled(m: LinearMatch): Genome {
    return Math.abs(m.slope - 1) < 1e-6 ? this.entries[m.entry] : join(multiply, fitted(m.slope), this.entries[m.entry])
  }

  private line(m: LinearMatch): Genome {
    const scaled = this.scaled(m)
    const negligible = Math.abs(m.intercept) < 1e-6 * Math.abs(m.slope)
    return negligible ? scaled : join(add, scaled, fitted(m.intercept))
  }

  /** c * x^a * y^b / ...; exponents near a half are rounded; after a large rounding, both genomes are returned. */
  private powerLaw(m: PowerMatch): Genome[] {
    const round = (e: number): number => Math.round(2 * e) / 2
    const factors = m.exponents.map((exponent, v) => ({ exponent, base: column(v) }))
    if (m.entry >= 0) factors.push({ exponent: m.power, base: this.base(m.entry, m.shift, m.sign) })
    if (m.other >= 0) factors.push({ exponent: m.otherPower, base: this.base(m.other, m.otherShift, m.otherSign) })
    const rounded = factors.map((f) => ({ ...f, exponent: round(f.exponent) }))
    const off = Math.max(...factors.map((f) => Math.abs(f.exponent - round(f.exponent))))
    const laws = [this.product(m.coefficient, rounded)]
    if (off > 0.01 && this.hasPower)
      laws.push(
        this.product(
          m.coefficient,
          factors.map((f) => (Math.abs(f.exponent) < 0.02 ? { ...f, exponent: 0 } : f))
        )
      )
    return laws
  }

  /** coefficient * prod base^exponent. */
  product(coefficient: number, factors: { exponent: number; base: Genome }[]): Genome {
    const above = factors.filter((f) => f.exponent > 0).map((f) => this.raised(f.base, f.exponent))
    const below = factors.filter((f) => f.exponent < 0).map((f) => this.raised(f.base, -f.exponent))
    let product = above.reduce((left, right) => join(multiply, left, right), fitted(coefficient))
    if (below.length > 0)
      product = join(
        divide,
        product,
        below.reduce((left, right) => join(multiply, left, right))
      )
    return product
  }

  private raised(base: Genome, exponent: number): Genome {
    if (exponent === 1) return base
    if (exponent === 0.5 && this.hasSqrt) return join(opcodeOf('sqrt'), base)
    if (exponent === 2)
      return this.hasSquare
        ? join(opcodeOf('square'), base)
        : this.hasPower
          ? join(power, base, literal(2))
          : join(multiply, base, base)
    if (exponent === 1.5 && this.hasSqrt) return join(multiply, base, join(opcodeOf('sqrt'), base))
    if (Number.isInteger(exponent) && (exponent <= 4 || !this.hasPower) && exponent <= 8) {
      const half = this.raised(base, Math.floor(exponent / 2))
      const square = this.hasSquare ? join(opcodeOf('square'), half) : join(multiply, half, half)
      return exponent % 2 === 0 ? square : join(multiply, square, base)
    }
    if (!this.hasPower) return base
    return join(power, base, Number.isInteger(exponent) ? literal(exponent) : fitted(exponent))
  }
}
