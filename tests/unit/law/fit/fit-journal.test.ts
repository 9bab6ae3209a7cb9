import { expect, test } from 'vitest'
import { HalolawError } from '../../../../src-shared/errors.ts'
import { FitJournal, type FitLaw, type FitRecords } from '../../../../src-main/law/fit/fit-journal.ts'
import { readFitRecords } from '../../../../src-main/law/fit/fit-records.ts'
import { fittedLaw, lawConstants, withLawConstants, type GraphLaw } from '../../../../src-main/law/graph-law.ts'
import { pack, unpack } from '../../../../src-main/project/pack.ts'
import { call, constant, variable } from '../../../../src-main/symbolic/index.ts'

const law = (start: number): GraphLaw => ({
  messages: [variable('M_j')],
  node: call('+', constant(start, 'C1'), call('*', constant(2, 'C2'), variable('e1')))
})
const unfit: GraphLaw = { messages: [variable('r')], node: variable('e1') }

/** Adds one to each constant, and counts its calls. */
function counting(): { fit: FitLaw; calls: () => number } {
  let calls = 0
  return {
    calls: () => calls,
    async fit(formula) {
      calls++
      if (formula === unfit) return null
      const values = new Map(lawConstants(formula).map(({ name, value }) => [name, value + 1]))
      return fittedLaw(withLawConstants(formula, values), 0.25)
    }
  }
}

async function journalOf(): Promise<FitRecords> {
  const journal = new FitJournal(counting().fit)
  for (const formula of [law(1), law(5), unfit]) await journal.fit(formula)
  return unpack(pack(journal.records())) as FitRecords
}

test('a journal that was stored gives the same fits without fitting again', async () => {
  const { fit, calls } = counting()
  const journal = new FitJournal(fit, readFitRecords(await journalOf()))
  expect((await journal.fit(law(5)))?.constants.map(({ value }) => value)).toEqual([6, 3])
  expect((await journal.fit(law(1)))?.trainMae).toBe(0.25)
  expect(await journal.fit(unfit)).toBeNull()
  expect(calls()).toBe(0)
  await journal.fit(law(9))
  expect(calls()).toBe(1)
})

test('a journal of another shape is told in a sentence', async () => {
  const records = await journalOf()
  const damaged: unknown[] = [
    null,
    'x',
    {},
    { ...records, shapes: records.shapes.slice(1) },
    { ...records, shapes: [1, 2, 3] },
    { ...records, losses: [...records.losses] },
    { ...records, losses: records.losses.map((loss) => -loss) },
    { ...records, counts: records.counts.map((count) => count + 1) },
    { ...records, constants: records.constants.slice(1) },
    { ...records, constants: records.constants.map(() => NaN) },
    { ...records, more: 1 }
  ]
  for (const value of damaged) {
    expect(() => readFitRecords(value)).toThrow(HalolawError)
    expect(() => readFitRecords(value)).toThrow(/not a journal of fits: .*; start a new search\.$/)
  }
})

test('a record with too few constants for its law is fitted again', async () => {
  const records = await journalOf()
  // The last constant of the first law becomes one of the second law.
  const { fit, calls } = counting()
  const journal = new FitJournal(fit, readFitRecords({ ...records, counts: Uint32Array.of(1, 3, 0) }))
  expect((await journal.fit(law(1)))?.constants.map(({ value }) => value)).toEqual([2, 3])
  expect(calls()).toBe(1)
})
