import { Random } from '../../random.ts'
import { clockOf, type ClockKind } from './clock.ts'
import { ConstraintChecker } from '../constraints/constraints.ts'
import { Completion } from './seeds/completion.ts'
import { FitTable } from '../fit/fitting.ts'
import type { HallMember } from './hall-of-fame.ts'
import { Island, Searcher, type Individual } from './island.ts'
import type { Genome } from '../language/genome.ts'
import { lawSeeds } from './seeds/law-seeds.ts'
import { Composition } from '../template/composition.ts'
import { namesOf, unitsOf, type Inputs } from '../constraints/inputs.ts'
import { Requirements, type Demands } from '../constraints/requirements.ts'
import { UserOperators } from '../language/user-operators.ts'
import type { Template } from '../template/template.ts'
import { polishParts, reduceParts, type TemplateRules } from './template-polish.ts'
import { TemplateSearcher } from './template-search.ts'
import { polish, reduce, type Rules } from './polish.ts'
import { printText } from '../language/print/index.ts'
import type { ThreadState } from './search-checkpoint.ts'
import type { Guidance } from './search-control.ts'
import type { FullOptions } from './search-types.ts'
import type { Expression } from '../language/expression.ts'
import { takeRows } from '../table/usable-rows.ts'
import { vocabularyOf, type Vocabulary } from '../language/vocabulary.ts'

export interface BeginMessage {
  kind: 'begin'
  /** The table's variables */
  names: string[]
  /** What formulas are built from: the variables, or small formulas of them. */
  inputs: Inputs
  /** All rows of each input, in the order of the table. */
  columns: Float64Array[]
  target: Float64Array
  weights: Float64Array | null
  demands: Demands
  template: Template | null
  /** The rows the search looks at. */
  sample: Uint32Array
  /** Their target, smoothed where that was asked for */
  sampleTarget: Float64Array
  /** The rows on which constants are fitted in the end; null: all */
  fitting: Uint32Array | null
  guesses: Expression[]
  options: FullOptions
  index: number
  /** Goes on from here; null: begins */
  state: ThreadState | null
  /** One word of `stops` */
  stop: Int32Array
  clock: ClockKind
  /** What the clock says when it is time to stop; null: none */
  deadline: number | null
  /** Losses below this are rounding error. */
  floor: number
}

/** What threads are asked between messages: to cut the round short, or to give everything up. */
export const stops = { no: 0, ending: 1, cancelled: 2 } as const

export type ToWorker =
  | BeginMessage
  /** Best formulas of all threads, and other islands' members to take in. */
  | { kind: 'round'; best: HallMember[]; guidance: Guidance<Expression>[]; deadline: number | null }
  | { kind: 'state' }
  | { kind: 'finish'; members: HallMember[]; brief: boolean }

export type FromWorker =
  | { kind: 'round'; front: HallMember[]; evaluations: number }
  | { kind: 'state'; state: ThreadState }
  | { kind: 'finished'; front: HallMember[] }
  | { kind: 'failed'; message: string }

/** The islands of one thread. */
export class SearchThread {
  private readonly begin: BeginMessage
  private readonly searcher: Searcher
  private readonly islands: Island[]
  private readonly random: Random
  private readonly own: UserOperators
  private readonly table: FitTable
  private readonly requirements: Requirements
  private readonly rulebook: ConstraintChecker
  private readonly composition: Composition | null = null
  /** Null where a template is searched */
  private readonly completion: Completion | null = null
  private readonly reduced = new Set<string>()
  private readonly now: () => number

  constructor(begin: BeginMessage) {
    this.begin = begin
    const { options, sample } = begin
    this.now = clockOf(begin.clock)
    const taken = (values: Float64Array): Float64Array => takeRows(values, sample)
    this.own = new UserOperators(options.define)
    this.table = this.tableOf(sample, begin.sampleTarget)!
    const { inputs, names, demands } = begin
    const units = demands.units && unitsOf(inputs, names, demands.units)
    const own = namesOf(inputs)
    this.requirements = new Requirements(
      demands,
      inputs,
      units,
      new Map(names.map((name) => [name, taken(begin.columns[own.indexOf(name)])])),
      taken(begin.target)
    )
    // where other units are but penalised, formulas of any unit are looked at
    const hardUnits = demands.penalty < Infinity ? null : units
    this.rulebook = new ConstraintChecker(options.constraints, options.maxDepth, inputs, this.own)
    const vocabulary = vocabularyOf(options.operators, inputs.leaves, this.own.opcodes)
    const spans = begin.columns.map(spanOf)
    const parts = [inputs, options, hardUnits, this.requirements, this.rulebook] as const
    if (begin.template) {
      // a library a function, each of formulas of its own arguments
      const completionOf = (vocabulary: Vocabulary, columns: readonly number[]): Completion =>
        new Completion(this.tableOf(sample)!, vocabulary, spans, hardUnits, columns)
      this.composition = new Composition(begin.template, inputs, this.own)
      const base = [this.table, completionOf(vocabulary, []), vocabulary, ...parts] as const
      this.searcher = new TemplateSearcher(base, this.composition, begin.floor, completionOf)
    } else {
      this.completion = new Completion(this.table, vocabulary, spans, hardUnits)
      this.searcher = new Searcher(this.table, this.completion, vocabulary, ...parts)
    }
    this.random = new Random(options.seed).fork(begin.index)
    this.islands = Array.from(
      { length: options.islandsPerThread },
      (_, k) => new Island(this.searcher, this.random.fork(k), options.populationSize)
    )
  }

  handle(message: ToWorker): FromWorker {
    switch (message.kind) {
      case 'begin':
        if (this.begin.state) this.restore(this.begin.state)
        else this.settle()
        return this.report()
      case 'round':
        this.begin.deadline = message.deadline
        this.heed(message.guidance)
        this.round(message.best)
        return this.report()
      case 'state':
        return { kind: 'state', state: this.state() }
      case 'finish': {
        const { columns, target, weights, options } = this.begin
        const whole = new FitTable(columns, target, weights, options.loss, this.own)
        const tables = { sample: this.table, fitting: this.tableOf(this.begin.fitting) ?? whole, whole }
        const isCancelled = (): boolean => Atomics.load(this.begin.stop, 0) === stops.cancelled
        const rules = { ...this.rules(), brief: message.brief }
        const front = isTemplate(rules)
          ? polishParts(message.members, tables, rules, isCancelled)
          : polish(message.members, tables, rules, isCancelled)
        return { kind: 'finished', front }
      }
    }
  }

  private tableOf(rows: Uint32Array | null, ownTarget?: Float64Array): FitTable | null {
    if (rows === null) return null
    const { columns, target, weights, options } = this.begin
    const taken = (values: Float64Array): Float64Array => takeRows(values, rows)
    return new FitTable(
      columns.map(taken),
      ownTarget ?? taken(target),
      weights && taken(weights),
      options.loss,
      this.own
    )
  }

  private settle(): void {
    const seeds: Individual[] = []
    for (const guess of this.begin.guesses) {
      const individual = this.searcher.fromExpression(guess)
      if (individual) seeds.push(individual)
    }
    for (const individual of this.searcher.seeds(this.begin.index, this.begin.options.threads)) {
      seeds.push(individual)
      if (this.stopped()) break
    }
    for (const genome of this.lawSeeds()) {
      const individual = this.searcher.evaluate(genome)
      if (individual) seeds.push(individual)
    }
    this.islands.forEach((island, k) => {
      const own = seeds.filter((_, i) => i % this.islands.length === k)
      island.begin(own, () => this.isToldToStop())
    })
  }

  private lawSeeds(): Genome[] {
    const { columns, sampleTarget, sample, options, index } = this.begin
    if (!this.completion) return []
    const taken = columns.map((values) => takeRows(values, sample))
    const random = new Random(options.seed).fork(-1 - index)
    return lawSeeds(taken, sampleTarget, this.completion, new Set(options.operators), random, () => this.stopped())
  }

  private state(): ThreadState {
    return {
      random: this.random.state,
      islands: this.islands.map((island) => island.state()),
      reduced: [...this.reduced],
      ...this.searcher.state()
    }
  }

  private restore(state: ThreadState): void {
    if (state.islands.length !== this.islands.length)
      throw new Error(`the checkpoint has ${state.islands.length} islands a thread, not ${this.islands.length}`)
    this.random.state = state.random
    this.searcher.restore(state)
    this.islands.forEach((island, k) => island.restore(state.islands[k]))
    for (const text of state.reduced) this.reduced.add(text)
  }

  private heed(guidance: readonly Guidance<Expression>[]): void {
    for (const told of guidance) {
      if ('weights' in told) {
        this.begin.options.complexity = told.weights
        this.searcher.reweigh()
        for (const island of this.islands) island.reweigh()
      } else {
        const guess = this.searcher.fromExpression(told.guess)
        if (guess) for (const island of this.islands) island.immigrate([guess])
      }
    }
  }

  private round(best: readonly HallMember[]): void {
    for (const island of this.islands) {
      const newcomers = best
        .filter(() => this.random.uniform() < 0.4)
        .map((member) => this.searcher.fromMember(member))
        .filter((individual) => individual !== null)
      island.immigrate(newcomers)
      island.evolve(this.begin.options.offspringPerRound, () => this.stopped())
    }
    this.reduceSome(best)
    // neighbours swap a few members
    this.islands.forEach((island, k) => {
      const next = this.islands[(k + 1) % this.islands.length]
      if (next !== island && island.population.length > 0)
        next.immigrate([0, 1].map(() => island.population[this.random.integer(island.population.length)]))
    })
  }

  /** Tries to simplify formulas of the front that this thread has not tried to simplify before, at most two a round. */
  private reduceSome(best: readonly HallMember[]): void {
    const { options, index } = this.begin
    const fresh = best.filter(
      (member, k) => k % options.threads === index && !this.reduced.has(printText(member.expression))
    )
    for (const member of fresh.slice(-2)) {
      if (this.stopped()) return
      this.reduced.add(printText(member.expression))
      const rules = this.rules()
      if (isTemplate(rules)) reduceParts(member, this.table, rules, 60, this.searcher.hallOfFame)
      else reduce(member, this.table, rules, 60, this.searcher.hallOfFame)
    }
  }

  private rules(): Rules | TemplateRules {
    const { inputs, options, floor } = this.begin
    const { requirements, rulebook, composition } = this
    const rules = { names: namesOf(inputs), options, floor, requirements, rulebook }
    return composition ? { ...rules, composition, inputs } : rules
  }

  private stopped(): boolean {
    const { deadline } = this.begin
    return this.isToldToStop() || (deadline !== null && this.now() > deadline)
  }

  private isToldToStop(): boolean {
    return Atomics.load(this.begin.stop, 0) !== stops.no
  }

  private report(): FromWorker {
    return { kind: 'round', front: this.searcher.hallOfFame.front(), evaluations: this.searcher.evaluations }
  }
}

function isTemplate(rules: Rules | TemplateRules): rules is TemplateRules {
  return 'composition' in rules
}

function spanOf(values: Float64Array): number {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return high > low ? high - low : 1
}
