import * as v from 'valibot'
import { badInput } from '../../../src-shared/errors.ts'
import type { RandomState } from '../../random.ts'
import { arityOf, type Genome } from '../language/genome.ts'
import type { HallMember } from './hall-of-fame.ts'
import { parse } from '../language/parse.ts'
import { printText } from '../language/print/index.ts'
import type { UserOperators } from '../language/user-operators.ts'
import { opcodes } from '../language/program.ts'
import type { FullOptions, SearchProblem } from './search-types.ts'

/** A formula of a population; see Individual in island.ts. */
export interface IndividualState {
  ops: number[]
  args: number[]
  complexity: number
  loss: number
  scale: number
  offset: number
  birth: number
}

/** A formula of a hall of fame, as text that parses to the same tree. */
export interface MemberState {
  text: string
  complexity: number
  loss: number
  /** Of a template; see Composition */
  parts?: { ops: number[]; args: number[] }
}

/** State of one thread. */
export interface ThreadState {
  random: RandomState
  islands: { random: RandomState; population: IndividualState[] }[]
  front: MemberState[]
  /** Formulas, as text, that the thread has tried to simplify */
  reduced: string[]
  /** Hashes of the forms tried: float64, little-endian, in base64 */
  seen: string
  clock: number
  evaluations: number
}

/** FullOptions and units after a passage through JSON */
type StoredOptions = Record<string, unknown> & { seed: number; threads: number }

/**
 * The state of a search between two rounds, as JSON data. With the same table, options, seed and number of threads, a search that
 * resumes from it gives the same results as one without an interruption.
 */
export interface SearchCheckpoint {
  version: 1
  /** Settings of the search; only a search with the same settings can resume from here. */
  asked: { table: string; options: StoredOptions }
  round: number
  /** Rounds since an exact formula was found */
  exactRounds: number
  seconds: number
  front: MemberState[]
  threads: ThreadState[]
}

export const memberState = ({ expression, complexity, loss, parts }: HallMember): MemberState => ({
  text: printText(expression),
  complexity,
  loss,
  ...(parts && { parts })
})

export const memberFrom = (
  { text, complexity, loss, parts }: MemberState,
  userOperators: UserOperators
): HallMember => ({
  expression: parse(text, { functions: userOperators.functions }),
  complexity,
  loss,
  ...(parts && { parts })
})

export function packNumbers(numbers: Iterable<number>): string {
  return Buffer.from(Float64Array.from(numbers).buffer).toString('base64')
}

export function unpackNumbers(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64')
  return new Float64Array(Uint8Array.from(bytes.subarray(0, bytes.length - (bytes.length % 8))).buffer)
}

/** The settings that a checkpoint must agree with. */
export function searchSettings(problem: SearchProblem, options: FullOptions): SearchCheckpoint['asked'] {
  const columns = [...problem.variables.map(({ values }) => values), problem.target, problem.weights ?? []]
  const names = problem.variables.map(({ name }) => name).join(' ')
  const table = `${names}: ${problem.target.length} rows, ${columns.map(hashOf).join(' ')}`
  // through JSON, as it is read back from a file
  const { units = null, symmetries = [], limits = [], penalty = null } = problem
  const template = problem.template?.text ?? null
  const plain = JSON.parse(
    JSON.stringify({ ...options, units, symmetries, limits, penalty, template })
  ) as StoredOptions
  return { table, options: plain }
}

/** FNV-1a of at most 10,000 values. */
function hashOf(values: ArrayLike<number>): string {
  let hash = 0x811c9dc5
  const step = Math.max(1, Math.floor(values.length / 10_000))
  const word = new DataView(new ArrayBuffer(8))
  for (let i = 0; i < values.length; i += step) {
    word.setFloat64(0, values[i])
    for (const half of [0, 4]) hash = Math.imul(hash ^ word.getUint32(half), 0x01000193)
  }
  return (hash >>> 0).toString(16)
}

/** @throws HalolawError `bad-input` naming what differs */
export function checkSettings(checkpoint: SearchCheckpoint, settings: SearchCheckpoint['asked']): void {
  const before = checkpoint.asked
  for (const key of Object.keys(settings.options)) {
    const [then, now] = [before.options[key], settings.options[key]].map((value) => JSON.stringify(value))
    if (then !== now)
      throw badInput(
        `The checkpoint was made with ${key} ${then}, but now it is ${now}; use the same options, or start a new search.`
      )
  }
  if (before.table !== settings.table)
    throw badInput(
      'The checkpoint belongs to another table or other columns; use the same ones, or start a new search.'
    )
}

const finite = v.pipe(v.number(), v.finite())
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const text = v.pipe(v.string(), v.maxLength(20_000))
const word = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1))
// From four zeros the generator gives only zeros.
const words = v.pipe(
  v.tuple([word, word, word, word]),
  v.check((state) => state.some((part) => part !== 0), 'it has no random state')
)
const random = v.strictObject({ words, spareNormal: v.nullable(finite) })
/** Hashes as SeenForms stores them */
const hashes = v.pipe(v.string(), v.check(isHashes, 'it does not hold hashes'))
const nodes = {
  ops: v.pipe(v.array(v.pipe(count, v.maxValue(arityOf.length - 1))), v.minLength(1), v.maxLength(1000)),
  args: v.array(finite)
}
const malformed = 'a formula in it is malformed'
const parts = v.pipe(v.strictObject(nodes), v.check(isPostfix, malformed))
const member = v.strictObject({ text, complexity: finite, loss: finite, parts: v.optional(parts) })
const individual = v.pipe(
  v.strictObject({
    ...nodes,
    complexity: finite,
    loss: finite,
    scale: finite,
    offset: finite,
    birth: count
  }),
  v.check((state: IndividualState) => isPostfix(state), malformed)
)
const checkpointSchema: v.GenericSchema<unknown, SearchCheckpoint> = v.strictObject({
  version: v.literal(1),
  asked: v.strictObject({
    table: v.string(),
    options: v.looseObject({ seed: word, threads: v.pipe(count, v.minValue(1), v.maxValue(1024)) })
  }),
  round: count,
  exactRounds: count,
  seconds: v.pipe(finite, v.minValue(0)),
  front: v.array(member),
  threads: v.pipe(
    v.array(
      v.strictObject({
        random,
        islands: v.array(v.strictObject({ random, population: v.array(individual) })),
        front: v.array(member),
        reduced: v.array(text),
        seen: hashes,
        clock: count,
        evaluations: count
      })
    ),
    v.minLength(1)
  )
})

/** @throws HalolawError `bad-input` when the data are not a complete checkpoint */
export function readCheckpoint(value: unknown): SearchCheckpoint {
  const result = v.safeParse(checkpointSchema, value)
  if (result.success) return result.output
  const [issue] = result.issues
  throw badInput(
    `This is not a checkpoint of a search: ${v.getDotPath(issue) ?? 'it'} is malformed (${issue.message}); start a new search.`
  )
}

/** True for base64 of whole numbers of 53 bits. */
function isHashes(packed: string): boolean {
  const bytes = Buffer.from(packed, 'base64')
  if (bytes.length % 8 !== 0 || bytes.toString('base64') !== packed) return false
  return unpackNumbers(packed).every((hash) => Number.isSafeInteger(hash) && hash >= 0)
}

/** True if the nodes leave one value (with a template, one for each part), and every column and operand exists. */
function isPostfix({ ops, args }: Genome): boolean {
  if (ops.length !== args.length) return false
  let depth = 0
  for (let i = 0; i < ops.length; i++) {
    if (ops[i] === opcodes.variable && !(Number.isInteger(args[i]) && args[i] >= 0)) return false
    if (depth < arityOf[ops[i]]) return false
    depth += 1 - arityOf[ops[i]]
  }
  return depth >= 1
}
