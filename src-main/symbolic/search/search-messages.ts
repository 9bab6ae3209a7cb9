import type { PhysicsConstraints } from '../constraints/physics.ts'
import type { Inputs } from '../constraints/inputs.ts'
import type { Expression } from '../language/expression.ts'
import type { Template } from '../template/template.ts'
import type { ClockKind } from './clock.ts'
import type { HallMember } from './hall-of-fame.ts'
import type { ThreadState } from './search-checkpoint.ts'
import type { Guidance } from './search-control.ts'
import type { FullOptions } from './search-types.ts'

/** What every thread of a search receives at its start. */
export interface ThreadPlan {
  /** Variables of the table */
  names: string[]
  /** What formulas are built from: the variables, or small formulas of them */
  inputs: Inputs
  /** All rows of each input, in the order of the table */
  columns: Float64Array[]
  target: Float64Array
  weights: Float64Array | null
  physics: PhysicsConstraints
  template: Template | null
  /** The rows that the search fits to */
  sample: Uint32Array
  /** The target in these rows, smoothed with the option `denoise` */
  sampleTarget: Float64Array
  /** The rows to which constants are fitted at the end; null: all */
  fitting: Uint32Array | null
  guesses: Expression[]
  options: FullOptions
  clock: ClockKind
  /** Losses below this are rounding error. */
  floor: number
}

export interface BeginMessage extends ThreadPlan {
  kind: 'begin'
  /** Number of the thread, from 0 */
  index: number
  /** Resumes from here; null: begins */
  state: ThreadState | null
  /** One word, shared by all threads, with a value of `stops` */
  stop: Int32Array
  /** Reading of the clock at which rounds end, in ms; null: none */
  deadline: number | null
}

/** Values of the word through which a search interrupts its threads: to cut the round short, or to stop without a result. */
export const stops = { no: 0, ending: 1, cancelled: 2 } as const

export type ToWorker =
  | BeginMessage
  /** `best`: the front of all threads */
  | { kind: 'round'; best: HallMember[]; guidance: Guidance<Expression>[]; deadline: number | null }
  | { kind: 'state' }
  | { kind: 'finish'; members: HallMember[]; brief: boolean }

export interface RoundReport {
  kind: 'round'
  front: HallMember[]
  /** Formulas fitted since the search began */
  evaluations: number
  /** Individuals that moved to an island in this round, from the front or from another island */
  migrations: number
}

export type FromWorker =
  | RoundReport
  | { kind: 'state'; state: ThreadState }
  | { kind: 'finished'; front: HallMember[] }
  | { kind: 'failed'; message: string }
