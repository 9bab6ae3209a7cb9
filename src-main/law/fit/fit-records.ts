import * as v from 'valibot'
import { badInput } from '../../../src-shared/errors.ts'
import type { FitRecords } from './fit-journal.ts'

const finiteNumbers = v.pipe(
  v.instance(Float64Array),
  v.check((values) => values.every(Number.isFinite), 'it holds numbers that are not finite')
)

const records: v.GenericSchema<unknown, FitRecords> = v.pipe(
  v.strictObject({
    shapes: v.array(v.pipe(v.string(), v.maxLength(20_000))),
    losses: v.pipe(
      v.instance(Float64Array),
      v.check((losses) => losses.every((loss) => Number.isNaN(loss) || loss >= 0), 'it holds losses below 0')
    ),
    counts: v.instance(Uint32Array),
    constants: finiteNumbers
  }),
  v.check(
    ({ shapes, losses, counts }) => losses.length === shapes.length && counts.length === shapes.length,
    'its lists differ in length'
  ),
  v.check(
    ({ counts, constants }) => counts.reduce((sum, count) => sum + count, 0) === constants.length,
    'it holds another number of constants than its laws have'
  )
)

/** @throws HalolawError `bad-input` when the data are not a complete journal of fits */
export function readFitRecords(value: unknown): FitRecords {
  const result = v.safeParse(records, value)
  if (result.success) return result.output
  const [issue] = result.issues
  throw badInput(
    `This is not a journal of fits: ${v.getDotPath(issue) ?? 'it'} is malformed (${issue.message}); start a new search.`
  )
}
