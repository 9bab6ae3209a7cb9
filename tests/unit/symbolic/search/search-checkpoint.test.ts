import { expect, test } from 'vitest'
import { HalolawError } from '../../../../src-shared/errors.ts'
import { Random } from '../../../../src-main/random.ts'
import * as s from '../../../../src-main/symbolic/index.ts'

const random = new Random(4)
const column = (): Float64Array => Float64Array.from({ length: 120 }, () => 0.2 + 2 * random.uniform())
const [x, y] = [column(), column()]
const target = x.map((v, i) => Math.exp(-v) / (1 + y[i] * v) + Math.sin(3 * y[i]) + 0.1 * random.normal())
const problem: s.SearchProblem = {
  variables: [
    { name: 'x', values: x },
    { name: 'y', values: y }
  ],
  target
}
const options: s.SearchOptions = {
  operators: ['+', '-', '*', '/', 'exp', 'sin'],
  populationSize: 30,
  islandsPerThread: 2,
  offspringPerRound: 40,
  maxComplexity: 14,
  sampleRows: 64
}

async function search(rounds: number, threads: number, resume?: s.SearchCheckpoint) {
  const checkpoints: s.SearchCheckpoint[] = []
  const { front, evaluations } = await s.searchSymbolic(
    problem,
    { ...options, rounds },
    { seed: 7, threads, resume, checkpointEvery: 0, onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) }
  )
  const shown = front.map((m) => `${m.complexity} ${m.loss} ${s.printText(m.expression)}`)
  return { shown, evaluations, checkpoints, last: checkpoints.at(-1)! }
}

/** What a file would bring back. */
const throughJson = (checkpoint: s.SearchCheckpoint): s.SearchCheckpoint =>
  s.readCheckpoint(JSON.parse(JSON.stringify(checkpoint)))

test.each([1, 2])(
  'a search resumed on %i threads gives the front of one that was never interrupted',
  async (threads) => {
    const whole = await search(4, threads)
    const part = await search(2, threads)
    expect(part.last.round).toBe(2)
    const rest = await search(4, threads, throughJson(part.last))
    expect(rest.shown).toEqual(whole.shown)
    expect(rest.evaluations).toBe(whole.evaluations)
    const withoutTime = ({ seconds: _, ...state }: s.SearchCheckpoint): unknown => state
    expect(withoutTime(rest.last)).toEqual(withoutTime(whole.last))
  }
)

test('a checkpoint of another search, or a damaged one, is refused', async () => {
  const { last } = await search(1, 1)
  const resume = (changed: s.SearchProblem, more: s.SearchOptions, threads = 1): Promise<unknown> =>
    s.searchSymbolic(changed, { ...options, ...more, rounds: 2 }, { seed: 7, threads, resume: last })
  await expect(resume(problem, { maxComplexity: 9 })).rejects.toThrow('made with maxComplexity 14, but now it is 9')
  await expect(resume(problem, {}, 2)).rejects.toThrow('made with threads 1, but now it is 2')
  await expect(resume({ ...problem, target: x }, {})).rejects.toThrow('another table')
  expect(() => s.readCheckpoint(null)).toThrow('not a checkpoint')
  const broken = JSON.parse(JSON.stringify(last)) as s.SearchCheckpoint
  broken.threads[0].islands[0].population[0].ops = [3]
  expect(() => s.readCheckpoint(broken)).toThrow('malformed')
  broken.threads[0].islands[0].population[0].ops = [250]
  expect(() => s.readCheckpoint(broken)).toThrow('threads.0.islands.0.population.0.ops.0')
})

test('a checkpoint with a formula, a thread or an island that the search does not have is told in a sentence', async () => {
  const { last } = await search(1, 1)
  const damages: [RegExp, (checkpoint: s.SearchCheckpoint) => void][] = [
    [/threads has 0 entries instead of 1/, (checkpoint) => void checkpoint.threads.pop()],
    [/threads\.0\.islands has 1 entries instead of 2/, ({ threads: [thread] }) => void thread.islands.pop()],
    [
      /islands\.0\.population has 31 entries instead of 30/,
      ({ threads: [{ islands }] }) => {
        const { population } = islands[0]
        while (population.length < 31) population.push(population[0])
      }
    ],
    [
      /islands\.1\.population\.0 uses column 2 of 2/,
      ({ threads: [{ islands }] }) => Object.assign(islands[1].population[0], { ops: [2], args: [2] })
    ],
    [
      /islands\.1\.population\.0 is not one formula/,
      ({ threads: [{ islands }] }) => Object.assign(islands[1].population[0], { ops: [2, 2], args: [0, 1] })
    ],
    [/front\.0 is no formula of this search \(.*z/, ({ front }) => void (front[0].text = 'x + z')],
    [/threads\.0\.front\.0 is no formula/, ({ threads: [thread] }) => void (thread.front[0].text = 'x +')]
  ]
  for (const [sentence, damage] of damages) {
    const damaged = structuredClone(last)
    damage(damaged)
    const again = s.searchSymbolic(problem, { ...options, rounds: 2 }, { seed: 7, threads: 1, resume: damaged })
    await expect(again).rejects.toThrow(sentence)
    await expect(again).rejects.toMatchObject({ code: 'bad-input' })
  }
})

test('a checkpoint of any other shape is told in a sentence', async () => {
  const { last } = await search(1, 1)
  const values = [null, -1, 1.5, 1e308, '', 'x', [], {}, true]
  let refused = 0
  for (let n = 0; n < 400; n++) {
    const damaged: unknown = JSON.parse(JSON.stringify(alter(last)))
    try {
      s.readCheckpoint(damaged)
    } catch (cause) {
      expect(cause).toBeInstanceOf(HalolawError)
      expect((cause as HalolawError).message).toMatch(/start a new search\.$/)
      refused++
    }
  }
  expect(refused).toBeGreaterThan(200)

  /** Replaces one member with another value, somewhere. */
  function alter(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return values[random.integer(values.length)]
    const keys = Object.keys(value)
    if (keys.length === 0) return 1
    const key = keys[random.integer(keys.length)]
    const changed = alter(value[key as keyof typeof value])
    return Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed }
  }
})
