import { Random } from '../../random.ts'
import { clockOf } from './clock.ts'
import { ConstraintChecker } from '../constraints/constraints.ts'
import { Completion } from './seeds/completion.ts'
import { FitTable } from '../fit/fitting.ts'
import type { HallMember } from './hall-of-fame.ts'
import { Island } from './island.ts'
import { stops, type BeginMessage, type FromWorker, type RoundReport, type ToWorker } from './search-messages.ts'
import { Searcher, type Individual } from './searcher.ts'
import type { Genome } from '../language/genome.ts'
import { lawSeeds } from './seeds/law-seeds.ts'
import { Composition } from '../template/composition.ts'
import { namesOf, unitsOf } from '../constraints/inputs.ts'
import { PhysicsChecker } from '../constraints/physics.ts'
import type { UnitSystem } from '../constraints/units.ts'
import { UserOperators } from '../language/user-operators.ts'
import { polishParts, reduceParts, type TemplateRules } from './template-polish.ts'
import { TemplateSearcher } from './template-search.ts'
import { polish, reduce, type SearchRules } from './polish.ts'
import { printText } from '../language/print/index.ts'
import type { ThreadState } from './search-checkpoint.ts'
import type { Guidance } from './search-control.ts'
import type { Expression } from '../language/expression.ts'
import { takeRows } from '../table/usable-rows.ts'
import { vocabularyOf, type Vocabulary } from '../language/vocabulary.ts'

/** The islands of one thread. */
export class SearchThread {
  private readonly begin: BeginMessage
  private readonly searcher: Searcher
  private readonly islands: Island[]
  private readonly random: Random
  private readonly userOperators: UserOperators
  private readonly table: FitTable
  private readonly physics: PhysicsChecker
  private readonly constraints: ConstraintChecker
  private readonly composition: Composition | null = null
  /** Null where a template is searched */
  private readonly completion: Completion | null = null
  private readonly reduced = new Set<string>()
  private readonly now: () => number

  constructor(begin: BeginMessage) {
    this.begin = begin
    const { options, inputs, template } = begin
    this.now = clockOf(begin.clock)
    this.userOperators = new UserOperators(options.define)
    this.table = this.tableOf(begin.sample, begin.sampleTarget)
    const units = begin.physics.units && unitsOf(inputs, begin.names, begin.physics.units)
    this.physics = this.physicsChecker(units)
    this.constraints = new ConstraintChecker(options.constraints, options.maxDepth, inputs, this.userOperators)
    // with a finite penalty, formulas of any unit are tried
    const strictUnits = begin.physics.penalty < Infinity ? null : units
    const spans = begin.columns.map(spanOf)
    const vocabulary = vocabularyOf(options.operators, inputs.leaves, this.userOperators.opcodes)
    const parts = {
      table: this.table,
      vocabulary,
      inputs,
      options,
      units: strictUnits,
      physics: this.physics,
      constraints: this.constraints
    }
    if (template) {
      // each function has a library of formulas of its arguments
      const completionOf = (vocabulary: Vocabulary, columns: readonly number[]): Completion =>
        new Completion(this.tableOf(begin.sample), vocabulary, spans, strictUnits, columns)
      this.composition = new Composition(template, inputs, this.userOperators)
      const base = { ...parts, completion: completionOf(vocabulary, []) }
      this.searcher = new TemplateSearcher(base, this.composition, begin.floor, completionOf)
    } else {
      this.completion = new Completion(this.table, vocabulary, spans, strictUnits)
      this.searcher = new Searcher({ ...parts, completion: this.completion })
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
        else this.startIslands()
        return this.report(0)
      case 'round':
        this.begin.deadline = message.deadline
        this.applyGuidance(message.guidance)
        return this.report(this.round(message.best))
      case 'state':
        return { kind: 'state', state: this.state() }
      case 'finish':
        return { kind: 'finished', front: this.finish(message.members, message.brief) }
    }
  }

  private physicsChecker(units: UnitSystem | null): PhysicsChecker {
    const { inputs, names, physics, columns, target, sample } = this.begin
    const columnNames = namesOf(inputs)
    const table = new Map(names.map((name) => [name, takeRows(columns[columnNames.indexOf(name)], sample)]))
    return new PhysicsChecker(physics, inputs, units, table, takeRows(target, sample))
  }

  private tableOf(rows: Uint32Array, sampleTarget?: Float64Array): FitTable {
    const { columns, target, weights, options } = this.begin
    return new FitTable(
      columns.map((values) => takeRows(values, rows)),
      sampleTarget ?? takeRows(target, rows),
      weights && takeRows(weights, rows),
      options.loss,
      this.userOperators
    )
  }

  private finish(members: readonly HallMember[], brief: boolean): HallMember[] {
    const { columns, target, weights, options, fitting, stop } = this.begin
    const whole = new FitTable(columns, target, weights, options.loss, this.userOperators)
    const tables = { sample: this.table, fitting: fitting ? this.tableOf(fitting) : whole, whole }
    const isCancelled = (): boolean => Atomics.load(stop, 0) === stops.cancelled
    const rules = { ...this.rules(), brief }
    return isTemplate(rules)
      ? polishParts(members, tables, rules, isCancelled)
      : polish(members, tables, rules, isCancelled)
  }

  private startIslands(): void {
    const { guesses, index, options } = this.begin
    const seeds: Individual[] = []
    for (const guess of guesses) {
      const individual = this.searcher.fromExpression(guess)
      if (individual) seeds.push(individual)
    }
    for (const individual of this.searcher.seeds(index, options.threads)) {
      seeds.push(individual)
      if (this.isRoundOver()) break
    }
    for (const genome of this.lawSeeds()) {
      const individual = this.searcher.evaluate(genome)
      if (individual) seeds.push(individual)
    }
    this.islands.forEach((island, k) => {
      const dealt = seeds.filter((_, i) => i % this.islands.length === k)
      island.begin(dealt, () => this.isInterrupted())
    })
  }

  private lawSeeds(): Genome[] {
    const { columns, sampleTarget, sample, options, index } = this.begin
    if (!this.completion) return []
    const table = { columns: columns.map((values) => takeRows(values, sample)), target: sampleTarget }
    const random = new Random(options.seed).fork(-1 - index)
    return lawSeeds(table, this.completion, new Set(options.operators), random, () => this.isRoundOver())
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

  private applyGuidance(guidance: readonly Guidance<Expression>[]): void {
    for (const item of guidance) {
      if ('weights' in item) {
        this.begin.options.complexity = item.weights
        this.searcher.reweigh()
        for (const island of this.islands) island.reweigh()
      } else {
        const guess = this.searcher.fromExpression(item.guess)
        if (guess) for (const island of this.islands) island.immigrate([guess])
      }
    }
  }

  /** Migration from the front, evolution, simplification, migration between neighbouring islands. Returns the number of migrants. */
  private round(best: readonly HallMember[]): number {
    let migrations = 0
    for (const island of this.islands) {
      const newcomers = best
        .filter(() => this.random.uniform() < 0.4)
        .map((member) => this.searcher.fromMember(member))
        .filter((individual) => individual !== null)
      migrations += island.immigrate(newcomers)
      island.evolve(this.begin.options.offspringPerRound, () => this.isRoundOver())
    }
    this.reduceSome(best)
    this.islands.forEach((island, k) => {
      const next = this.islands[(k + 1) % this.islands.length]
      if (next === island || island.population.length === 0) return
      const migrants = [0, 1].map(() => island.population[this.random.integer(island.population.length)])
      migrations += next.immigrate(migrants)
    })
    return migrations
  }

  /** Simplifies formulas of the front that this thread has not tried to simplify before, at most two per round. */
  private reduceSome(best: readonly HallMember[]): void {
    const { options, index } = this.begin
    const fresh = best.filter(
      (member, k) => k % options.threads === index && !this.reduced.has(printText(member.expression))
    )
    for (const member of fresh.slice(-2)) {
      if (this.isRoundOver()) return
      this.reduced.add(printText(member.expression))
      const rules = this.rules()
      if (isTemplate(rules)) reduceParts(member, this.table, rules, 60, this.searcher.hallOfFame)
      else reduce(member, this.table, rules, 60, this.searcher.hallOfFame)
    }
  }

  private rules(): SearchRules | TemplateRules {
    const { inputs, options, floor } = this.begin
    const { physics, constraints, composition } = this
    const rules = { names: namesOf(inputs), options, floor, physics, constraints }
    return composition ? { ...rules, composition, inputs } : rules
  }

  private isRoundOver(): boolean {
    const { deadline } = this.begin
    return this.isInterrupted() || (deadline !== null && this.now() > deadline)
  }

  private isInterrupted(): boolean {
    return Atomics.load(this.begin.stop, 0) !== stops.no
  }

  private report(migrations: number): RoundReport {
    const { hallOfFame, evaluations } = this.searcher
    return { kind: 'round', front: hallOfFame.front(), evaluations, migrations }
  }
}

function isTemplate(rules: SearchRules | TemplateRules): rules is TemplateRules {
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
