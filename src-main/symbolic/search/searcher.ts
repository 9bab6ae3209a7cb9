import type { Random } from '../../random.ts'
import type { ConstraintChecker } from '../constraints/constraints.ts'
import { costsOf, namesOf, writeOut, type Inputs } from '../constraints/inputs.ts'
import { applyPenalty, type PhysicsChecker, type ScaleOffset } from '../constraints/physics.ts'
import { fitsUnits, type UnitSystem } from '../constraints/units.ts'
import type { FitTable, TableFit } from '../fit/fitting.ts'
import { simplify } from '../algebra/simplify.ts'
import { call, complexity, constant, type Expression, type Operator } from '../language/expression.ts'
import { foldConstants, fromExpression, genomeCosts, structureOf, type Genome } from '../language/genome.ts'
import type { UserOperators } from '../language/user-operators.ts'
import type { Vocabulary } from '../language/vocabulary.ts'
import { HallOfFame, type HallMember } from './hall-of-fame.ts'
import { crossover, mutate, randomTree, withColumns } from './mutate.ts'
import { memberFrom, memberState, type ThreadState } from './search-checkpoint.ts'
import type { FullOptions } from './search-types.ts'
import type { Completion } from './seeds/completion.ts'
import { seedFrames } from './seeds/frames.ts'
import { SeenForms } from './seen-forms.ts'

/** A formula of a population; its loss is that of scale * formula + offset, penalties included. */
export interface Individual extends ScaleOffset {
  genome: Genome
  complexity: number
  loss: number
  /** Counts up with every individual of a thread, so that the oldest can be replaced. */
  birth: number
}

/** What the islands of one thread search with. */
export interface SearcherParts {
  table: FitTable
  /** Library of small formulas */
  completion: Completion
  vocabulary: Vocabulary
  inputs: Inputs
  options: FullOptions
  /** Units of the inputs, when formulas of other units are rejected outright; null otherwise */
  units: UnitSystem | null
  physics: PhysicsChecker
  constraints: ConstraintChecker
}

/** What to do with a form that was fitted before. */
export type SeenPolicy = 'skip' | 'refit'

/** Individuals that violate physics count this many times worse, so that they can still lead to ones that do not. */
export const violationPenalty = 10
/** An outer scale and an offset may later be absorbed, so formulas larger by this much are tried as well. */
export const spareComplexity = 4
const costOfScale = 2

type SearcherState = Pick<ThreadState, 'front' | 'seen' | 'clock' | 'evaluations'>

/** Proposes and fits formulas for the islands of one thread, which share its table, library, hall of fame and forms seen. */
export class Searcher {
  readonly hallOfFame = new HallOfFame()
  evaluations = 0
  protected readonly table: FitTable
  protected readonly userOperators: UserOperators
  private readonly completion: Completion
  private readonly vocabulary: Vocabulary
  protected readonly inputs: Inputs
  private readonly names: readonly string[]
  protected readonly options: FullOptions
  protected readonly units: UnitSystem | null
  protected readonly physics: PhysicsChecker
  protected readonly constraints: ConstraintChecker
  /** Complexity of a genome written as a formula of the variables */
  protected costOf: (genome: Genome) => number
  protected readonly allowed: ReadonlySet<Operator>
  /** Whether the operators allow to write scale * f + offset. */
  private readonly canScale: boolean
  protected readonly seen = new SeenForms()
  protected clock = 0

  constructor({ table, completion, vocabulary, inputs, options, units, physics, constraints }: SearcherParts) {
    this.table = table
    this.userOperators = table.userOperators
    this.completion = completion
    this.vocabulary = vocabulary
    this.inputs = inputs
    this.names = namesOf(inputs)
    this.options = options
    this.units = units
    this.physics = physics
    this.constraints = constraints
    this.costOf = genomeCosts(options.complexity, costsOf(inputs, options.complexity), table.userOperators)
    this.allowed = new Set(options.operators)
    this.canScale = this.allowed.has('+') && this.allowed.has('*')
  }

  /** Fits a formula's constants and offers it to the hall of fame. Null when constraints forbid it, when it was seen, or when it is not finite. */
  evaluate(proposal: Genome, seen: SeenPolicy = 'skip'): Individual | null {
    const folded = foldConstants(proposal, this.userOperators)
    const cost = this.costOf(folded)
    if (!this.isAllowed(folded, cost)) return null
    const expanded = this.userOperators.expand(folded)
    if (
      this.units &&
      !fitsUnits(expanded, this.units, this.canScale && this.units.constants !== 'plain' ? 'any' : 'target')
    )
      return null
    if (!this.seen.add(structureOf(folded)) && seen === 'skip') return null
    if (!this.physics.allowsForm(expanded)) return null
    const genome = { ops: folded.ops, args: folded.args.slice() }
    this.evaluations++
    const fit = this.fitInSteps(genome, cost)
    if (!fit) return null
    const least = this.offerForms(genome, fit, cost)
    const loss = Math.min(least, violationPenalty * fit.scaledLoss)
    return { genome, complexity: cost, loss, scale: fit.scale, offset: fit.offset, birth: this.clock++ }
  }

  protected isAllowed(genome: Genome, cost: number): boolean {
    return cost <= this.options.maxComplexity + spareComplexity && this.constraints.allows(genome, spareComplexity)
  }

  /** Every formula gets a quick fit, a promising one a longer fit, and one that may enter the hall of fame a fit in 64 bits. */
  private fitInSteps(genome: Genome, cost: number): TableFit | null {
    const form = this.canScale ? 'scaled' : 'plain'
    const quick = this.table.firstFit(genome, form, 6, 1e-3)
    if (!Number.isFinite(quick.scaledLoss)) return null
    const { hallOfFame: hall } = this
    const plain = hall.lossAt(cost)
    const ratio = hall.lossAt(cost + costOfScale)
    const scaled = hall.lossAt(cost + 2 * costOfScale)
    const longer = quick.scaledLoss < 1.2 * scaled ? this.table.firstFit(genome, form, 30, 1e-6) : quick
    const mayEnter = longer.plainLoss < plain || longer.ratioLoss < ratio || longer.scaledLoss < scaled
    return mayEnter ? this.table.fit(genome, form, 30, 1e-7) : longer
  }

  /** Offers f, ratio * f and scale * f + offset to the hall of fame. Returns the least of their losses, penalties included. */
  private offerForms(genome: Genome, fit: TableFit, cost: number): number {
    const expression = (): Expression => writeOut(genome, this.inputs, this.userOperators)
    const forms = [
      { loss: fit.plainLoss, cost, scale: 1, offset: 0, write: expression },
      {
        loss: fit.ratioLoss,
        cost: cost + costOfScale,
        scale: fit.ratio,
        offset: 0,
        write: () => call('*', constant(fit.ratio), expression())
      },
      {
        loss: fit.scaledLoss,
        cost: cost + 2 * costOfScale,
        scale: fit.scale,
        offset: fit.offset,
        write: () => call('+', call('*', constant(fit.scale), expression()), constant(fit.offset))
      }
    ].slice(0, this.canScale ? 3 : 1)
    const factors = this.physics.penaltyFactors(this.userOperators.expand(genome), forms)
    const losses = forms.map((form, k) => applyPenalty(form.loss, factors[k]))
    forms.forEach((form, k) => this.offer(losses[k], form.cost, form.write))
    return Math.min(...losses)
  }

  state(): SearcherState {
    const { clock, evaluations } = this
    return { front: this.hallOfFame.front().map(memberState), seen: this.seen.state(), clock, evaluations }
  }

  restore(state: SearcherState): void {
    for (const member of state.front) this.hallOfFame.offer(memberFrom(member, this.userOperators))
    this.seen.restore(state.seen)
    this.clock = state.clock
    this.evaluations = state.evaluations
  }

  complexityOf({ genome }: Individual): number {
    return this.costOf(genome)
  }

  /** Applies the options' complexity weights again after they changed. */
  reweigh(): void {
    const { complexity: weights } = this.options
    this.costOf = genomeCosts(weights, costsOf(this.inputs, weights), this.userOperators)
    this.hallOfFame.reweigh((expression) => complexity(expression, weights))
  }

  protected offer(loss: number, cost: number, write: () => Expression, parts?: Genome): void {
    if (!(loss < this.hallOfFame.lossAt(cost))) return
    const original = write()
    // the simplified formula may violate a constraint that the original satisfies
    const expression = [simplify(original, this.allowed), original].find((form) => this.constraints.admits(form))
    if (!expression) return
    const size = complexity(expression, this.options.complexity)
    if (size <= this.options.maxComplexity)
      this.hallOfFame.offer({ expression, complexity: size, loss, ...(parts && { parts }) })
  }

  /** The first individuals: each small frame with the best entries of the library in its hole. Thread `part` of `parts` takes every `parts`-th frame. */
  *seeds(part: number, parts: number): Generator<Individual> {
    const frames = seedFrames(this.vocabulary)
    for (let k = part; k < frames.length; k += parts)
      for (const genome of this.completion.complete(frames[k], { node: 0, scale: 1, offset: 0 }, 2)) {
        const individual = this.evaluate(genome)
        if (individual) yield individual
      }
  }

  random(random: Random): Individual | null {
    return this.evaluate(this.withRequired(random, randomTree(random, this.vocabulary, 1 + random.integer(7))))
  }

  /** A formula from a hall of fame. */
  fromMember({ expression }: HallMember): Individual | null {
    return this.fromExpression(expression)
  }

  fromExpression(expression: Expression): Individual | null {
    return this.evaluate(fromExpression(expression, this.names, { userOperators: this.userOperators }), 'refit')
  }

  /** Fills a random place of the parent with entries of the library; returns the best child. */
  completed(random: Random, parent: Individual): Individual | null {
    const { genome: formula, scale, offset } = parent
    const node = random.integer(formula.ops.length)
    let best: Individual | null = null
    for (const genome of this.completion.complete(formula, { node, scale, offset }, 2)) {
      const child = this.evaluate(genome)
      if (child && (!best || child.loss < best.loss)) best = child
    }
    return best
  }

  /** A child of two parents by crossover or mutation; null after eight attempts that gave nothing new. */
  vary(random: Random, a: Individual, b: Individual): Individual | null {
    for (let attempt = 0; attempt < 8; attempt++) {
      const genome =
        random.uniform() < 0.25 ? crossover(random, a.genome, b.genome) : mutate(random, this.vocabulary, a.genome)
      const child = this.evaluate(this.withRequired(random, genome))
      if (child) return child
    }
    return null
  }

  /** Adds the required variables that a formula lacks, half of the time; formulas without them are parents, too. */
  private withRequired(random: Random, genome: Genome): Genome {
    const missing = this.constraints.missing(genome)
    if (missing.length === 0 || random.uniform() < 0.5) return genome
    return withColumns(random, this.vocabulary, genome, missing)
  }
}
