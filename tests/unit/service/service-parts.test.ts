import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { boxFrom, choiceFrom, mapFrom, namesFrom, numberFrom, readArguments } from '../../../src-main/cli/arguments.ts'
import { duration, figure } from '../../../src-main/cli/output.ts'
import { EventHub } from '../../../src-main/service/jobs/events.ts'
import { RemainingTime } from '../../../src-main/service/jobs/remaining.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const progress = (path: string, fraction: number) => ({ path, fraction, message: '' })

test('thinned events come at most ten a second, the newest last', () => {
  const hub = new EventHub()
  const seen: number[] = []
  hub.on((event, data) => event === 'catalog.progress' && seen.push((data as { fraction: number }).fraction))
  for (let k = 0; k < 1000; k++) {
    hub.thinned('catalog.progress', 'a', progress('a', k))
    vi.advanceTimersByTime(1)
  }
  vi.advanceTimersByTime(1000)
  expect(seen.length).toBeLessThanOrEqual(12)
  expect(seen[0]).toBe(0)
  expect(seen.at(-1)).toBe(999)
})

test('what is held back is told before what follows', () => {
  const hub = new EventHub()
  const seen: number[] = []
  hub.on((_, data) => void seen.push((data as { fraction: number }).fraction))
  hub.thinned('catalog.progress', 'a', progress('a', 1))
  hub.thinned('catalog.progress', 'a', progress('a', 2))
  hub.flush('a')
  hub.emit('catalog.progress', progress('a', 3))
  vi.advanceTimersByTime(1000)
  expect(seen).toEqual([1, 2, 3])
})

test('remaining time is exact at a steady pace, and follows a change of pace', () => {
  const remaining = new RemainingTime()
  let left: number | null = null
  for (let t = 0; t <= 50; t++) left = remaining.at(t / 200, t)
  expect(left).toBeCloseTo(150, 0)
  for (let t = 1; t <= 150; t++) left = remaining.at(0.25 + t / 1000, 50 + t)
  expect(left).toBeGreaterThan(550)
  expect(left).toBeLessThan(620)
})

test('remaining time is not guessed at once, nor from a run that stands still', () => {
  const remaining = new RemainingTime()
  expect(remaining.at(0, 0)).toBeNull()
  expect(remaining.at(0.01, 1)).toBeNull()
  const still = new RemainingTime()
  for (let t = 0; t < 10; t++) expect(still.at(0.3, t)).toBeNull()
})

test('remaining time bears a step that goes back', () => {
  const remaining = new RemainingTime()
  for (let t = 0; t <= 20; t++) remaining.at(t / 100, t)
  expect(remaining.at(0.15, 21)).toBeCloseTo(85, 0)
})

test('arguments of the command line are read, and what is wrong is a sentence', () => {
  const options = { '--port N': 'any' } as const
  expect(readArguments('serve', ['--port', '3', 'a.h5'], ['[CATALOG]'], options)).toMatchObject({
    values: { port: '3' },
    positionals: ['a.h5']
  })
  expect(() => readArguments('serve', ['--prot', '3'], ['[CATALOG]'], options)).toThrow(
    /Unknown option '--prot'; "halolaw serve --help"/
  )
  expect(() => readArguments('info', [], ['CATALOG'], {})).toThrow('"halolaw info" takes CATALOG, but got none')
  expect(numberFrom('seed', '12', { integer: true })).toBe(12)
  for (const text of ['', 'x', '1.5', '-3', '1e99'])
    expect(() => numberFrom('seed', text, { integer: true, least: 0, most: 100 })).toThrow(
      /^--seed .*give a whole number/
    )
  expect(boxFrom(undefined)).toBeNull()
  expect(() => boxFrom('0')).toThrow('give a number above 0 (Mpc/h)')
  expect(mapFrom(['mass=M200c:1e10Msun/h', 'x = px'])).toEqual({ mass: 'M200c:1e10Msun/h', x: 'px' })
  expect(() => mapFrom(['mass'])).toThrow('--map mass is not understood')
  expect(() => choiceFrom('preset', 'fast', ['quick', 'standard'])).toThrow('choose quick, standard')
  expect(namesFrom('a, b c')).toEqual(['a', 'b', 'c'])
})

test('figures and durations are short', () => {
  expect([0.123456, 1e-7, 123456, 0, NaN, undefined].map(figure)).toEqual([
    '0.1235',
    '1.000e-7',
    '123500',
    '0',
    'NaN',
    '-'
  ])
  expect([5.4, 80, 3720].map(duration)).toEqual(['5 s', '1 min 20 s', '1 h 2 min'])
})
