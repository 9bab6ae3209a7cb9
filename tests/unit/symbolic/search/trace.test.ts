import { expect, test } from 'vitest'
import * as s from '../../../../src-main/symbolic/index.ts'
import { fitHere } from '../../../../src-main/symbolic/regression/fit-thread.ts'

const rows = 60
const x = Float64Array.from({ length: rows }, (_, i) => 0.2 + i / 20)
const y = Float64Array.from({ length: rows }, (_, i) => 1 + ((7 * i) % 11) / 5)
const target = Float64Array.from(x, (v, i) => 1.3 * Math.exp(-v) * y[i] + 0.1 * Math.sin(5 * i))
const columns = new Map([
  ['x', x],
  ['y', y],
  ['z', target]
])

const problem: s.SearchProblem = {
  variables: [
    { name: 'x', values: x },
    { name: 'y', values: y }
  ],
  target
}
const options: s.SearchOptions = { rounds: 3, populationSize: 20, offspringPerRound: 20, islandsPerThread: 2 }

const asLines = (events: readonly s.TraceEvent[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('')
const formulaOf = ({ complexity, loss, expression }: s.FrontMember): s.TraceFormula => ({
  complexity,
  loss,
  text: s.printText(expression)
})

test('a trace that is read back gives the front of every search, and tracing changes no result', async () => {
  const events: s.TraceEvent[] = []
  const checkpoints: s.SearchCheckpoint[] = []
  const work = { seed: 4, threads: 2 }
  const control = new s.SearchControl<s.Expression>()
  control.inject(s.parse('exp(-x) * y'))
  const traced = await s.searchSymbolic(problem, options, {
    ...work,
    control: new s.SearchControl(control.records),
    onTrace: (event) => events.push(event),
    onCheckpoint: (checkpoint) => checkpoints.push(checkpoint)
  })
  const untraced = await s.searchSymbolic(problem, options, { ...work, control })
  expect(traced.front).toEqual(untraced.front)
  expect(traced.evaluations).toBe(untraced.evaluations)

  const read = s.readTrace(asLines(events))
  expect(read).toEqual(events)
  const [start] = read
  expect(start).toEqual({ event: 'start', version: 1, search: 'table', seed: 4, round: 0 })
  const rounds = read.filter((event) => event.event === 'round')
  expect(rounds.map(({ round }) => round)).toEqual([0, 1, 2, 3])
  expect(rounds.every(({ evaluations }, k) => k === 0 || evaluations > rounds[k - 1].evaluations)).toBe(true)
  expect(rounds.at(-1)!.evaluations).toBe(traced.evaluations)
  expect(rounds.map(({ migrations }) => migrations > 0)).toEqual([false, true, true, true])
  expect(read.filter((event) => event.event === 'guidance')).toMatchObject([{ guess: 'exp(-x) * y', round: 0 }])
  // the changes add up to the front that the search held at its end
  expect(s.replayFront(read)).toEqual(
    checkpoints.at(-1)!.front.map(({ complexity, loss, text }) => ({ complexity, loss, text }))
  )
  expect(read.at(-1)).toMatchObject({
    event: 'finish',
    interrupted: false,
    evaluations: traced.evaluations,
    front: traced.front.map(formulaOf)
  })
})

test('a trace of a fit with several seeds ends with the front that is reported', async () => {
  const events: s.TraceEvent[] = []
  const request = { columns, target: 'z', rounds: 1, seeds: 2, operators: ['+', '*', 'exp', '-'] }
  const { front, best } = await fitHere(request, { seed: 7, threads: 1, onTrace: (event) => events.push(event) })
  const read = s.readTrace(asLines(events))
  expect(read.filter((event) => event.event === 'start').map(({ seed }) => seed)).toEqual([7, 8])
  expect(read.at(-1)).toEqual({
    event: 'choice',
    front: front.map(({ complexity, loss, text }) => ({ complexity, loss, text })),
    best: best.text
  })
})

test('a damaged trace is refused with the number of the line, and an incomplete last line is dropped', () => {
  const start: s.TraceEvent = { event: 'start', version: 1, search: 'table', seed: 1, round: 0 }
  const round: s.TraceEvent = { event: 'round', round: 1, seconds: 0.5, evaluations: 10, migrations: 2 }
  const text = asLines([start, round])
  expect(s.readTrace(text)).toEqual([start, round])
  expect(s.readTrace(text.slice(0, -1))).toEqual([start])
  expect(s.readTrace('')).toEqual([])
  expect(() => s.readTrace(text.replace('"round":1', '"round":-1'))).toThrow(/Line 2 of the trace .* round/)
  expect(() => s.readTrace(`${text}{"event":"end"}\n`)).toThrow(/Line 3 of the trace/)
  expect(() => s.readTrace('[1, 2\n')).toThrow(/Line 1 of the trace/)
})
