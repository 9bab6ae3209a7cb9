import { expect, test } from 'vitest'
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
