import type { Random } from '../../random.ts'
import { constant, call, complexity, type Expression, type Operator } from '../language/expression.ts'
import type { ConstraintChecker } from '../constraints/constraints.ts'
import type { Completion } from './seeds/completion.ts'
import type { FitTable } from '../fit/fitting.ts'
import type { UserOperators } from '../language/user-operators.ts'
import {
  column,
  foldConstants,
  fromExpression,
  genomeCosts,
  join,
  structureOf,
  type Genome
} from '../language/genome.ts'
import { HallOfFame, type HallMember } from './hall-of-fame.ts'
import { costsOf, namesOf, writeOut, type Inputs } from '../constraints/inputs.ts'
import { weigh, type Requirements } from '../constraints/requirements.ts'
import { opcodeOf } from '../language/program.ts'
import { memberFrom, memberState, packNumbers, unpackNumbers, type ThreadState } from './search-checkpoint.ts'
import type { FullOptions } from './search-types.ts'
import { simplify } from '../algebra/simplify.ts'
import { fitsUnits, type UnitSystem } from '../constraints/units.ts'
import { crossover, mutate, randomTree, withColumns } from './variation.ts'
import type { Vocabulary } from '../language/vocabulary.ts'

export interface Individual {
  genome: Genome
  complexity: number
  loss: number
  scale: number
  offset: number
  birth: number
}

/** How much worse a formula counts among its like while it breaks a demand. */
export const broken = 10
const maxSeen = 200_000
/** PySR's default: how strongly crowded complexities are avoided. */
const parsimonyScaling = 20
/** Functions that a formula within can be found through. */
export const inverses = (['exp', 'log', 'sin', 'cos', 'tanh', 'asin', 'acos', 'sqrt', 'inv', 'square'] as const).map(
  opcodeOf
)

/** What the islands of one thread share: the table, the library, the hall of fame, and what was tried before. */
export class Searcher {
  readonly hallOfFame = new HallOfFame()
  evaluations = 0
  protected readonly table: FitTable
  protected readonly own: UserOperators
  private readonly completion: Completion
  private readonly vocabulary: Vocabulary
  protected readonly inputs: Inputs
  private readonly names: readonly string[]
  protected readonly options: FullOptions
  protected readonly units: UnitSystem | null
  protected readonly requirements: Requirements
  /** Complexity of a formula that is written out */
  protected costOf: (genome: Genome) => number
  protected readonly rulebook: ConstraintChecker
  protected readonly allowed: ReadonlySet<Operator>
  /** Whether scale * f + offset may be written. */
  private readonly canScale: boolean
  private readonly seen = new Set<number>()
  protected clock = 0

  constructor(
    table: FitTable,
    completion: Completion,
    vocabulary: Vocabulary,
    inputs: Inputs,
    options: FullOptions,
    units: UnitSystem | null,
    requirements: Requirements,
    rulebook: ConstraintChecker
  ) {
    this.units = units
    this.requirements = requirements
    this.table = table
    this.own = table.own
    this.completion = completion
    this.vocabulary = vocabulary
    this.inputs = inputs
    this.names = namesOf(inputs)
    this.options = options
    this.costOf = genomeCosts(options.complexity, costsOf(inputs, options.complexity), table.own)
    this.rulebook = rulebook
    this.allowed = new Set(options.operators)
    this.canScale = this.allowed.has('+') && this.allowed.has('*')
  }

  /** Fits a formula's constants and offers it to the hall of fame; null when it is malformed, known, or not finite. */
  evaluate(genome: Genome, again = false): Individual | null {
    genome = foldConstants(genome, this.own)
    const cost = this.costOf(genome)
    // the outer scale and offset may be absorbed, so a formula slightly too large is still let in
    if (cost > this.options.maxComplexity + 4 || !this.rulebook.allows(genome, 4)) return null
    const plain = this.own.expand(genome)
    if (this.units && !fitsUnits(plain, this.units, !this.canScale || this.units.constants === 'plain')) return null
    const key = hashOf(structureOf(genome))
    if (!this.isNew(key) && !again) return null
    if (!this.requirements.mayKeep(plain)) return null
    genome = { ops: genome.ops, args: genome.args.slice() }
    this.evaluations++
    let fit = this.table.firstFit(genome, this.canScale, 6, 1e-3)
    if (!Number.isFinite(fit.scaledLoss)) return null
    // a promising one is worth fitting to the end, and what may enter the hall of fame to the end in 64 bits
    const { hallOfFame: hall } = this
    const least = [hall.lossAt(cost), hall.lossAt(cost + 2), hall.lossAt(cost + 4)]
    if (fit.scaledLoss < 1.2 * least[2]) fit = this.table.firstFit(genome, this.canScale, 30, 1e-6)
    if (fit.plainLoss < least[0] || fit.ratioLoss < least[1] || fit.scaledLoss < least[2])
      fit = this.table.fit(genome, this.canScale, 30, 1e-7)
    const expression = (): Expression => writeOut(genome, this.inputs, this.own)
    const forms = [
      { loss: fit.plainLoss, cost, scale: 1, offset: 0, write: expression },
      {
        loss: fit.ratioLoss,
        cost: cost + 2,
        scale: fit.ratio,
        offset: 0,
        write: () => call('*', constant(fit.ratio), expression())
      },
      {
        loss: fit.scaledLoss,
        cost: cost + 4,
        scale: fit.scale,
        offset: fit.offset,
        write: () => call('+', call('*', constant(fit.scale), expression()), constant(fit.offset))
      }
    ].slice(0, this.canScale ? 3 : 1)
    const factors = this.requirements.factors(this.own.expand(genome), forms)
    const losses = forms.map((form, k) => weigh(form.loss, factors[k]))
    forms.forEach((form, k) => this.offer(losses[k], form.cost, form.write))
    // what breaks a demand may still be on the way to what keeps it
    const loss = Math.min(...losses, broken * fit.scaledLoss)
    return { genome, complexity: cost, loss, scale: fit.scale, offset: fit.offset, birth: this.clock++ }
  }

  state(): Pick<ThreadState, 'front' | 'seen' | 'clock' | 'evaluations'> {
    const { clock, evaluations } = this
    return { front: this.hallOfFame.front().map(memberState), seen: packNumbers(this.seen), clock, evaluations }
  }

  restore(state: Pick<ThreadState, 'front' | 'seen' | 'clock' | 'evaluations'>): void {
    for (const member of state.front) this.hallOfFame.offer(memberFrom(member, this.own))
    for (const key of unpackNumbers(state.seen)) this.seen.add(key)
    this.clock = state.clock
    this.evaluations = state.evaluations
  }

  complexityOf({ genome }: Individual): number {
    return this.costOf(genome)
  }

  /** The options' weights have changed. */
  reweigh(): void {
    const { complexity: weights } = this.options
    this.costOf = genomeCosts(weights, costsOf(this.inputs, weights), this.own)
    this.hallOfFame.reweigh((expression) => complexity(expression, weights))
  }

  /** Whether a form is met for the first time. */
  protected isNew(key: number): boolean {
    if (this.seen.has(key)) return false
    if (this.seen.size > maxSeen) this.seen.clear()
    this.seen.add(key)
    return true
  }

  protected offer(loss: number, cost: number, make: () => Expression, parts?: Genome): void {
    // simplified, it may be a few steps less complex
    if (!(loss < this.hallOfFame.lossAt(cost))) return
    const made = make()
    // what is simpler may break a constraint that the formula itself keeps to
    const expression = [simplify(made, this.allowed), made].find((form) => this.rulebook.admits(form))
    if (!expression) return
    const size = complexity(expression, this.options.complexity)
    if (size <= this.options.maxComplexity)
      this.hallOfFame.offer({ expression, complexity: size, loss, ...(parts && { parts }) })
  }

  /** The seeds: completions of every small frame such as g(X), v * w * g(X), (v + w) * g(X), g(X) / v and g(X) + v, dealt out to threads. */
  *seeds(part: number, parts: number): Generator<Individual> {
    const { unary, binary, variables } = this.vocabulary
    const [add, subtract, multiply, divide] = (['+', '-', '*', '/'] as const).map((op) =>
      binary.includes(opcodeOf(op)) ? opcodeOf(op) : -1
    )
    const hole = column(0)
    const inner = [hole, ...unary.filter((op) => inverses.includes(op)).map((op) => join(op, hole))]
    const frames = [...inner]
    const around = (op: number, other: Genome): void =>
      void (op >= 0 && inner.forEach((g) => frames.push(join(op, g, other))))
    for (let v = 0; v < variables; v++) for (const op of [multiply, divide, add]) around(op, column(v))
    if (variables <= 10 && multiply >= 0 && divide >= 0)
      for (let v = 0; v < variables; v++)
        for (let w = 0; w < variables; w++) {
          if (w !== v) around(multiply, join(divide, column(v), column(w)))
          if (w >= v) around(multiply, join(multiply, column(v), column(w)))
          if (w > v && variables <= 5 && add >= 0) around(multiply, join(add, column(v), column(w)))
          if (w > v && variables <= 5 && subtract >= 0) around(multiply, join(subtract, column(v), column(w)))
        }
    for (let k = part; k < frames.length; k += parts) {
      for (const genome of this.completion.complete(frames[k], 0, 1, 0, 2)) {
        const individual = this.evaluate(genome)
        if (individual) yield individual
      }
    }
  }

  random(random: Random): Individual | null {
    return this.evaluate(this.whole(random, randomTree(random, this.vocabulary, 1 + random.integer(7))))
  }

  /** A formula of a hall of fame. */
  fromMember({ expression }: HallMember): Individual | null {
    return this.fromExpression(expression)
  }

  fromExpression(expression: Expression): Individual | null {
    return this.evaluate(fromExpression(expression, this.names, false, this.own), true)
  }

  /** The best of several formulas with one of its places filled anew from the library. */
  completed(random: Random, parent: Individual): Individual | null {
    const node = random.integer(parent.genome.ops.length)
    let best: Individual | null = null
    for (const genome of this.completion.complete(parent.genome, node, parent.scale, parent.offset, 2)) {
      const child = this.evaluate(genome)
      if (child && (!best || child.loss < best.loss)) best = child
    }
    return best
  }

  vary(random: Random, a: Individual, b: Individual): Individual | null {
    for (let attempt = 0; attempt < 8; attempt++) {
      const genome =
        random.uniform() < 0.25 ? crossover(random, a.genome, b.genome) : mutate(random, this.vocabulary, a.genome)
      const child = this.evaluate(this.whole(random, genome))
      if (child) return child
    }
    return null
  }

  /** The formula with the required variables that it lacks; those without them are bred from as well, every other time. */
  private whole(random: Random, genome: Genome): Genome {
    const missing = this.rulebook.missing(genome)
    if (missing.length === 0 || random.uniform() < 0.5) return genome
    return withColumns(random, this.vocabulary, genome, missing)
  }
}

/** One population: tournament selection, the oldest gives way to the child (Real et al. 2019; PySR). */
export class Island {
  population: Individual[] = []
  private readonly searcher: Searcher
  private readonly random: Random
  private readonly size: number
  private readonly crowd = new Map<number, number>()
  private crowdTotal = 0

  constructor(searcher: Searcher, random: Random, size: number) {
    this.searcher = searcher
    this.random = random
    this.size = size
  }

  /** Fills the population with seeds and random formulas, or with fewer, at least one, when `stopped` says so. */
  begin(seeds: readonly Individual[], stopped: () => boolean): void {
    const sorted = [...seeds].sort((a, b) => a.loss - b.loss)
    this.population = sorted.slice(0, Math.floor(this.size / 2))
    for (let tries = 0; this.population.length < this.size && tries < 20 * this.size; tries++) {
      if (this.population.length > 0 && stopped()) break
      const individual = this.searcher.random(this.random)
      if (individual) this.population.push(individual)
    }
    for (const individual of this.population) this.count(individual, 1)
  }

  state(): ThreadState['islands'][number] {
    const population = this.population.map(({ genome, ...rest }) => ({ ...genome, ...rest }))
    return { random: this.random.state, population }
  }

  restore({ random, population }: ThreadState['islands'][number]): void {
    this.random.state = random
    this.population = population.map(({ ops, args, ...rest }) => ({ genome: { ops, args }, ...rest }))
    for (const individual of this.population) this.count(individual, 1)
  }

  /** Makes `offspring` children, or fewer when `stopped` says so. */
  evolve(offspring: number, stopped: () => boolean): void {
    if (this.population.length === 0) return
    for (let k = 0; k < offspring && !stopped(); k++) {
      const parent = this.tournament()
      const child =
        this.random.uniform() < 0.12
          ? this.searcher.completed(this.random, parent)
          : this.searcher.vary(this.random, parent, this.tournament())
      if (child) this.admit(child)
    }
  }

  /** Takes newcomers in, each in a random member's place. */
  immigrate(newcomers: readonly Individual[]): void {
    if (this.population.length === 0) return
    for (const newcomer of newcomers) {
      const place = this.random.integer(this.population.length)
      this.count(this.population[place], -1)
      this.population[place] = newcomer
      this.count(newcomer, 1)
    }
  }

  /** The searcher's weights have changed. */
  reweigh(): void {
    this.crowd.clear()
    this.crowdTotal = 0
    for (const individual of this.population) {
      individual.complexity = this.searcher.complexityOf(individual)
      this.count(individual, 1)
    }
  }

  private admit(child: Individual): void {
    let oldest = 0
    for (let i = 1; i < this.population.length; i++)
      if (this.population[i].birth < this.population[oldest].birth) oldest = i
    this.count(this.population[oldest], -1)
    this.population[oldest] = child
    this.count(child, 1)
  }

  private count(individual: Individual, change: number): void {
    this.crowd.set(individual.complexity, (this.crowd.get(individual.complexity) ?? 0) + change)
    this.crowdTotal += change
  }

  private tournament(): Individual {
    let best = this.population[0]
    let bestCost = Infinity
    for (let k = 0; k < 6; k++) {
      const candidate = this.population[this.random.integer(this.population.length)]
      const share = (this.crowd.get(candidate.complexity) ?? 0) / this.crowdTotal
      const cost = Math.log(candidate.loss + 1e-300) + parsimonyScaling * share
      if (cost < bestCost) {
        best = candidate
        bestCost = cost
      }
    }
    return best
  }
}

/** 53 bits of a text (two 32-bit multiplicative hashes), so that what was tried takes little room. */
export function hashOf(text: string): number {
  let [low, high] = [0x9e3779b9, 0x85ebca6b]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    low = Math.imul(low ^ code, 0x9e3779b1)
    high = Math.imul(high ^ code, 0x5f356495)
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0)
}
