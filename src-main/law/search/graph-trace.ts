import {
  FrontTracer,
  printText,
  type ComplexityWeights,
  type TraceFormula,
  type TraceSink
} from '../../symbolic/index.ts'
import type { FittedLaw, GraphLaw } from '../graph-law.ts'

/** A law as one line that parseLaw reads, with all digits of its constants. */
export function lawText({ node, messages }: GraphLaw): string {
  const sums = messages.map((message, k) => `e${k + 1} = sum(${printText(message)})`)
  return [`delta = ${printText(node)}`, ...sums].join(', ')
}

export function tracedFront(front: readonly FittedLaw[]): TraceFormula[] {
  return front.map(({ formula, complexity, trainMae: loss }) => ({ complexity, loss, text: lawText(formula) }))
}

/** Sends the events of a search on the graph. A round is a batch of laws that are fitted at once. */
export class GraphTracer {
  private readonly sink: TraceSink
  private readonly front: FrontTracer
  private readonly startedAt = performance.now()
  private round = 0

  constructor(sink: TraceSink, seed: number) {
    this.sink = sink
    this.front = new FrontTracer(sink)
    sink({ event: 'start', version: 1, search: 'graph', seed, round: 0 })
  }

  restart(from: 'seeds' | 'front'): void {
    this.sink({ event: 'restart', ...this.at(), from })
  }

  guidance(guidance: { guess: GraphLaw } | { weights: ComplexityWeights }): void {
    const content = 'weights' in guidance ? guidance : { guess: lawText(guidance.guess) }
    this.sink({ event: 'guidance', ...this.at(), ...content })
  }

  /** @param fitted null: the law cannot be fitted */
  fit(tried: GraphLaw, complexity: number, fitted: FittedLaw | null): void {
    const result = fitted
      ? { complexity: fitted.complexity, loss: fitted.trainMae, text: lawText(fitted.formula) }
      : { complexity, loss: null, text: lawText(tried) }
    this.sink({ event: 'fit', ...this.at(), ...result })
  }

  update(front: readonly FittedLaw[]): void {
    this.front.update(tracedFront(front), this.at())
  }

  endRound(evaluations: number): void {
    this.round++
    this.sink({ event: 'round', ...this.at(), evaluations, migrations: 0 })
  }

  finish(evaluations: number, front: readonly FittedLaw[]): void {
    this.sink({ event: 'finish', ...this.at(), evaluations, interrupted: false, front: tracedFront(front) })
  }

  private at(): { round: number; seconds: number } {
    return { round: this.round, seconds: (performance.now() - this.startedAt) / 1000 }
  }
}
