import type { Random } from '../../random.ts'
import type { ThreadState } from './search-checkpoint.ts'
import type { Individual, Searcher } from './searcher.ts'

/** PySR's default: how strongly crowded complexities are avoided (adaptive parsimony). */
const parsimonyScaling = 20

/** One population: tournament selection; a child replaces the oldest member (Real et al. 2019; PySR). */
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

  /** Fills the population with seeds and random formulas; after `stopped` no more are added, but there is at least one. */
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

  /** Makes `offspring` children, fewer after `stopped`. */
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

  /** Puts each newcomer in the place of a random member. Returns how many there were. */
  immigrate(newcomers: readonly Individual[]): number {
    if (this.population.length === 0) return 0
    for (const newcomer of newcomers) {
      const place = this.random.integer(this.population.length)
      this.count(this.population[place], -1)
      this.population[place] = newcomer
      this.count(newcomer, 1)
    }
    return newcomers.length
  }

  /** Measures complexities again after the searcher's weights changed. */
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
