import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import * as s from '../../../../src-main/symbolic/index.ts'

const random = new Random(4)
const rows = 2000
const x = Float64Array.from({ length: rows }, () => 1 + random.uniform())
const y = x.map((v) => 2.5 * v * v + 0.1 * random.normal())
const columns = new Map([
  ['x', x],
  ['y', y]
])

test.each([['formulas tried'], ['Ranking'], ['Choosing']])(
  'a fit is cancelled while it reports "%s"',
  async (phase) => {
    const controller = new AbortController()
    const messages: string[] = []
    const fit = s.fitTable(
      { columns, target: 'y', time: phase === 'formulas tried' ? 3600 : 1 },
      {
        signal: controller.signal,
        threads: 1,
        onProgress: ({ message }) => {
          messages.push(message)
          if (message.includes(phase)) controller.abort()
        }
      }
    )
    await expect(fit).rejects.toMatchObject({ code: 'cancelled' })
    expect(messages.at(-1)).toContain(phase)
  }
)

test('a fit that is ended early gives its front so far, and resumes exactly from its checkpoint', async () => {
  const request = { columns, target: 'y', rounds: 4, sampleRows: 100, maxComplexity: 12 }
  const whole = await s.fitTable(request, { threads: 1, seed: 2 })
  expect(whole.interrupted).toBe(false)
  const ending = new AbortController()
  const checkpoints: s.SearchCheckpoint[] = []
  const first = await s.fitTable(request, {
    threads: 1,
    seed: 2,
    ending: ending.signal,
    checkpointEvery: 0,
    onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
    onProgress: () => ending.abort()
  })
  expect(first.interrupted).toBe(true)
  const resumed = await s.fitTable(request, { threads: 1, seed: 2, resume: checkpoints[0] })
  expect(first.evaluations).toBeLessThan(resumed.evaluations)
  expect(resumed.front).toEqual(whole.front)
})

test('a fit that is ended before it starts gives the front of its first round', async () => {
  const fit = await s.fitTable({ columns, target: 'y', time: 3600 }, { threads: 1, ending: AbortSignal.abort() })
  expect(fit.interrupted).toBe(true)
  expect(fit.front.length).toBeGreaterThan(0)
  // How far the first round gets depends on the machine; but every loss is that of its formula.
  for (const { text, loss } of fit.front) {
    const values = s.evaluate(s.parse(text), columns, rows)
    const error = values.reduce((sum, value, i) => sum + (value - y[i]) ** 2, 0) / rows
    expect(loss / error, text).toBeCloseTo(1, 2)
  }
})

test("an error in the caller's checkpoint handler ends the fit", async () => {
  const full = new Error('the disk is full')
  const onCheckpoint = (): void => {
    throw full
  }
  await expect(
    s.fitTable({ columns, target: 'y', time: 3600 }, { threads: 1, onCheckpoint, checkpointEvery: 0 })
  ).rejects.toBe(full)
})
