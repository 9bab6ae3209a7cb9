import * as v from 'valibot'
import { badInput } from '../../../src-shared/errors.ts'
import type { ComplexityWeights } from '../language/expression.ts'

/** A formula of a front. */
export interface TraceFormula {
  complexity: number
  /** As the search ranks it: penalties for violated physics included */
  loss: number
  text: string
}

interface At {
  /** Rounds that are complete; 0: only the first formulas were tried. In a search on the graph, batches of laws fitted at once. */
  round: number
  /** Seconds since the search began, pauses left out */
  seconds: number
}

/** Events of a search, in order. A trace is a JSON Lines file, one event per line; it may hold several searches. */
export type TraceEvent =
  /** `round`: where a resumed search continues; 0: from the beginning */
  | { event: 'start'; version: 1; search: 'table' | 'graph'; seed: number; round: number }
  /** `evaluations`: formulas fitted since the search began; `migrations`: individuals that moved to an island in this round */
  | ({ event: 'round'; evaluations: number; migrations: number } & At)
  /** A law fitted by a search on the graph; `loss` is null where it cannot be fitted. */
  | ({ event: 'fit'; complexity: number; loss: number | null; text: string } & At)
  /** Formulas that enter the front, and complexities whose formula leaves it; removals come first. */
  | ({ event: 'front'; added: TraceFormula[]; removed: number[] } & At)
  /** A formula to try, or weights of complexity, that the search received while it worked */
  | ({ event: 'guidance'; guess?: string; weights?: ComplexityWeights } & At)
  /** A new start from the seeds, or (`from: 'front'`) from all that earlier starts found */
  | ({ event: 'restart'; from: 'seeds' | 'front' } & At)
  /** The front after the last fit to all rows */
  | ({ event: 'finish'; evaluations: number; interrupted: boolean; front: TraceFormula[] } & At)
  /**
   * The front that is reported, after a comparison of the formulas of all searches on the validation rows; `best`: text of the best one
   */
  | { event: 'choice'; front: TraceFormula[]; best: string }

export type TraceSink = (event: TraceEvent) => void

/** Writes changes of a front to a trace. */
export class FrontTracer {
  private readonly sink: TraceSink
  private front = new Map<number, TraceFormula>()

  constructor(sink: TraceSink) {
    this.sink = sink
  }

  /** Sends a `front` event where the front differs from the one before. */
  update(front: readonly TraceFormula[], at: At): void {
    const next = new Map(front.map((formula) => [formula.complexity, formula]))
    const added = front.filter((formula) => !isSameFormula(this.front.get(formula.complexity), formula))
    const removed = [...this.front.values()]
      .filter((formula) => !isSameFormula(next.get(formula.complexity), formula))
      .map(({ complexity }) => complexity)
    this.front = next
    if (added.length + removed.length > 0) this.sink({ event: 'front', ...at, added, removed })
  }
}

function isSameFormula(a: TraceFormula | undefined, b: TraceFormula): boolean {
  return a !== undefined && a.loss === b.loss && a.text === b.text
}

/** The front that `front` events lead to, by complexity. Begins with an empty front at each `start`. */
export function replayFront(events: readonly TraceEvent[]): TraceFormula[] {
  const front = new Map<number, TraceFormula>()
  for (const event of events) {
    if (event.event === 'start') front.clear()
    if (event.event !== 'front') continue
    for (const complexity of event.removed) front.delete(complexity)
    for (const formula of event.added) front.set(formula.complexity, formula)
  }
  return [...front.values()].sort((a, b) => a.complexity - b.complexity)
}

const number = v.pipe(v.number(), v.finite())
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const formula = v.object({ complexity: number, loss: number, text: v.string() })
const at = { round: count, seconds: v.pipe(number, v.minValue(0)) }
const costs = v.record(v.string(), number)
const weights = v.object({
  operators: v.optional(costs),
  variable: v.optional(number),
  variables: v.optional(costs),
  constant: v.optional(number)
})

const eventSchema: v.GenericSchema<unknown, TraceEvent> = v.variant('event', [
  v.object({
    event: v.literal('start'),
    version: v.literal(1),
    search: v.picklist(['table', 'graph']),
    seed: v.pipe(v.number(), v.safeInteger()),
    round: count
  }),
  v.object({ event: v.literal('round'), ...at, evaluations: count, migrations: count }),
  v.object({ event: v.literal('fit'), ...at, complexity: number, loss: v.nullable(number), text: v.string() }),
  v.object({ event: v.literal('front'), ...at, added: v.array(formula), removed: v.array(number) }),
  v.object({ event: v.literal('guidance'), ...at, guess: v.optional(v.string()), weights: v.optional(weights) }),
  v.object({ event: v.literal('restart'), ...at, from: v.picklist(['seeds', 'front']) }),
  v.object({
    event: v.literal('finish'),
    ...at,
    evaluations: count,
    interrupted: v.boolean(),
    front: v.array(formula)
  }),
  v.object({ event: v.literal('choice'), front: v.array(formula), best: v.string() })
])

/**
 * Reads a trace. A last line without its end, which a killed program leaves, is dropped.
 * @throws HalolawError `bad-input` naming the first line that is no event
 */
export function readTrace(text: string): TraceEvent[] {
  const lines = text.split('\n')
  lines.pop()
  return lines.map((line, k) => {
    const result = v.safeParse(eventSchema, parsed(line))
    if (result.success) return result.output
    const [issue] = result.issues
    throw badInput(
      `Line ${k + 1} of the trace is not an event of a search: ${v.getDotPath(issue) ?? 'the line'} is malformed (${issue.message}); write the trace again with --trace.`
    )
  })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
