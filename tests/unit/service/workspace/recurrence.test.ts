import { expect, test } from 'vitest'
import type { FrontEntry, RunConfig, RunDetail, RunSummary } from '../../../../src-shared/contract.ts'
import { lawForms, type LawForms } from '../../../../src-main/law/text/law-form.ts'
import { describeFronts, frontsRequest } from '../../../../src-main/service/workspace/recurrence.ts'
import { runConfig, runResult } from '../../../fixtures/run-config.ts'

const entry = (complexity: number, text: string): FrontEntry => ({
  complexity,
  loss: 1 / complexity,
  score: 0,
  text,
  latex: text,
  python: text
})

function run(id: string, text: string, front: string[], config: Partial<RunConfig> = {}): RunDetail {
  const result = runResult()
  return {
    id,
    name: `Run ${id}`,
    state: 'done',
    config: runConfig(config),
    createdAt: '2026-01-01',
    step: null,
    progress: 1,
    remaining: null,
    message: '',
    error: null,
    result: { ...result, formula: { ...result.formula, text } },
    epochs: [],
    messageFront: [],
    nodeFront: [],
    lawFront: front.map((law, k) => entry(k + 1, law)),
    guidance: null,
    laws: []
  }
}

type Runs = Parameters<typeof frontsRequest>[1]

/** As `run.get` answers */
const withRecurrenceIn = (detail: RunDetail, runs: Runs): RunDetail => ({
  ...detail,
  ...describeFronts(frontsRequest(detail, runs))
})

/** @param forms canonical forms that the project has stored; null: a project of an earlier version */
const table = (runs: RunDetail[], forms: (id: string) => LawForms | null = () => null) => ({
  lawForms: forms,
  list: (): RunSummary[] => runs,
  front: (id: string) => runs.find((other) => other.id === id)!.lawFront
})

test('a form recurs regardless of its constants and notation, in runs that differ only by their seed', () => {
  const simple = 'delta = 0.2 * e - 0.4, e = sum(M_j / r for r < 50)'
  const law = 'delta = (M_i + 13.3) * e - 0.41, e = sum(M_j / (257 + (0.07 * r) ^ 16.5) for r < 50)'
  const again = 'delta = -0.39 + e * (12.1 + M_i), e = sum(M_j / ((0.08 * r) ^ 15.5 + 301) for r < 50)'
  const runs = [
    run('1', law, [simple, law]),
    run('2', again, [again], { seed: 2, threads: 1, engine: 'cpu' }),
    run('3', simple, ['delta = 3 * e + 0.1, e = sum(M_j / r for r < 50)'], { seed: 3 }),
    run('4', law, [law], { seed: 4, ood: 'delta > 1' })
  ]
  const detail = withRecurrenceIn(runs[0], table(runs))
  expect(detail.recurrence).toEqual({ runs: ['Run 1', 'Run 2', 'Run 3'], same: ['Run 1', 'Run 2'] })
  expect(detail.lawFront.map(({ returns }) => returns)).toEqual([2, 2])
  expect(withRecurrenceIn(runs[3], table(runs))).toEqual(runs[3])
})

test('a run without a result and a law that cannot be read are not counted', () => {
  const law = 'delta = e, e = sum(M_j for r < 50)'
  const runs = [run('1', 'delta = ???', ['not a law']), run('2', law, [law]), { ...run('3', law, [law]), result: null }]
  expect(withRecurrenceIn(runs[0], table(runs))).toMatchObject({
    recurrence: { runs: ['Run 1', 'Run 2'], same: [] },
    lawFront: [{ returns: 0 }]
  })
  expect(withRecurrenceIn(runs[2], table(runs))).toEqual(runs[2])
})

test('stored forms are used as they are, and texts are parsed where there are none', () => {
  const [one, other] = ['delta = e, e = sum(M_j for r < 50)', 'delta = 2 * e, e = sum(M_j ^ 2 for r < 50)']
  const runs = [run('1', one, [one]), run('2', other, [other])]
  const same = (table: Runs) => withRecurrenceIn(runs[0], table).recurrence?.same
  expect(same(table(runs))).toEqual(['Run 1'])
  expect(same(table(runs, () => ({ [one]: 'the form', [other]: 'the form' })))).toEqual(['Run 1', 'Run 2'])
  expect(same(table(runs, (id) => (id === '1' ? null : lawForms([other], 50))))).toEqual(['Run 1'])
})
