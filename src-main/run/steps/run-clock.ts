import type { Preset, RunResult, StepName } from '../../../src-shared/contract.ts'

/**
 * Share of a whole run's time that each step takes with one network, on a CPU. Quick is measured on the bundled simulation, the
 * others are computed from its counts; runs of the standard preset agree (network 17 %, formula 80 %).
 */
const sharesOf: Record<Preset, Record<StepName, number>> = {
  quick: { catalog: 0.01, graph: 0.005, network: 0.12, formula: 0.73, compare: 0.135 },
  standard: { catalog: 0.004, graph: 0.001, network: 0.165, formula: 0.8, compare: 0.03 },
  paper: { catalog: 0.001, graph: 0.001, network: 0.9, formula: 0.093, compare: 0.005 }
}

/**
 * A step's share of the time and that of the steps before it, both of `all`.
 * @param networks how many the run trains; each takes as long as the first
 */
export function stepShare(
  step: StepName,
  networks: number,
  preset: Preset
): { before: number; share: number; all: number } {
  const shares = sharesOf[preset]
  const order = Object.keys(shares) as StepName[]
  const sum = (names: StepName[]): number =>
    names.reduce((total, name) => total + shares[name] * (name === 'network' ? networks : 1), 0)
  return { before: sum(order.slice(0, order.indexOf(step))), share: sum([step]), all: sum(order) }
}

/** The named timings of a run. */
export type Lap = Exclude<keyof RunResult['timings'], 'total'>

/** Adds the seconds since the last lap to the timing that a lap names. */
export class Clock {
  private readonly start = performance.now()
  private last = this.start
  private readonly laps: Record<Lap, number> = { load: 0, graph: 0, train: 0, symbolic: 0, refit: 0 }

  lap(name: Lap): void {
    const now = performance.now()
    this.laps[name] += (now - this.last) / 1000
    this.last = now
  }

  timings(): RunResult['timings'] {
    const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000
    const { load, graph, train, symbolic, refit } = this.laps
    const total = (performance.now() - this.start) / 1000
    return {
      load: rounded(load),
      graph: rounded(graph),
      train: rounded(train),
      symbolic: rounded(symbolic),
      refit: rounded(refit),
      total: rounded(total)
    }
  }
}
