import { expect, test } from 'vitest'
import { commands, commandEntry, isMenuCommand, isWindowCommand, keysIn } from '../../../../src-shared/commands.ts'
import type { RunConfig, RunDetail, RunSummary } from '../../../../src-shared/contract.ts'
import { firstColour, firstDraft } from '../../../../src-renderer/state/draft-config.ts'
import {
  activeRunOf,
  comparisonOf,
  nextSeed,
  withEpoch,
  withRun,
  withStep
} from '../../../../src-renderer/state/run-lists.ts'

const run = (id: string, seed: number, state: RunSummary['state'] = 'done') =>
  ({ id, state, createdAt: `2026-01-0${id}`, config: { seed } }) as RunSummary

test('an updated run keeps its place; a new one is listed first', () => {
  const runs = [run('2', 5), run('1', 7)]
  expect(withRun(runs, run('1', 8)).map(({ config }) => config.seed)).toEqual([5, 8])
  expect(withRun(runs, run('3', 9)).map(({ id }) => id)).toEqual(['3', '2', '1'])
})

test('the next seed is above every other and wraps at 32 bits', () => {
  expect(nextSeed([run('1', 7), run('2', 5)])).toBe(8)
  expect(nextSeed([run('1', 2 ** 32 - 1)])).toBe(0)
})

test('a paused run is still the active one', () => {
  expect(activeRunOf([run('1', 1), run('2', 1, 'paused')])?.id).toBe('2')
  expect(activeRunOf([run('1', 1, 'cancelled')])).toBeNull()
})

test('a run that resumes from a checkpoint replaces the epochs that it repeats', () => {
  const epochs = [1, 2, 3].map((epoch) => ({ epoch }) as RunDetail['epochs'][number])
  expect(withEpoch(epochs, epochs[1]).map(({ epoch }) => epoch)).toEqual([1, 2])
})

test('losses between epochs stay in order and do not grow without end', () => {
  const step = (epoch: number) => ({ epoch, trainLoss: 1 / epoch })
  expect(withStep([step(0.5), step(1), step(1.5)], step(1))).toEqual([step(0.5), step(1)])
  let steps = withStep([], step(0.001))
  for (let n = 2; n < 10_000; n++) steps = withStep(steps, step(n / 1000))
  expect(steps.length).toBeLessThanOrEqual(2001)
  expect(steps[0].epoch).toBe(0.001)
  expect(steps.at(-1)?.epoch).toBe(9.999)
})

test('laws are listed beside the models of a result, and without a result nothing is compared', () => {
  const result = { models: [{ id: 'gnn' }] } as NonNullable<RunSummary['result']>
  const laws = [{ id: 'law-1' }] as unknown as RunDetail['laws']
  expect(comparisonOf(result, laws)?.models.map(({ id }) => id)).toEqual(['gnn', 'law-1'])
  expect(comparisonOf(null, laws)).toBeNull()
})

test('a draft takes the last run’s settings and the open catalog’s file, columns and box', () => {
  const defaults = { catalog: 'b.h5', map: {}, boxSize: 500, ood: null, test: null, seed: 1 } as unknown as RunConfig
  const last = { ...defaults, catalog: 'a.h5', boxSize: 100, seed: 4 }
  expect(firstDraft(defaults, last, [])).toMatchObject({ catalog: 'b.h5', boxSize: 500, seed: 4 })
  const masks = ['x > 1', 'x > 2'].map((expression) => ({ id: '', name: '', role: 'test' as const, expression }))
  expect(firstDraft(defaults, undefined, masks)).toMatchObject({ ood: null, test: 'x > 2' })
})

test('the first colour is an overdensity, else mass, else the first column', () => {
  expect(firstColour(['x', 'mass', 'Delta10', 'Delta20'])).toBe('Delta20')
  expect(firstColour(['x', 'mass'])).toBe('mass')
  expect(firstColour(['x', 'y'])).toBe('x')
})

test('no two commands share an id, and no two share keys unless one resumes what the other pauses', () => {
  expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length)
  for (const shell of ['desktop', 'browser'] as const) {
    const keys = commands.filter(({ id }) => id !== 'resume').flatMap((command) => keysIn(command, shell) ?? [])
    expect(new Set(keys).size).toBe(keys.length)
  }
})

test('every command is performed by the window or by the desktop menu', () => {
  for (const command of commands) expect(isWindowCommand(command) || isMenuCommand(command)).toBe(true)
  expect(isWindowCommand(commandEntry('documentation') as (typeof commands)[number])).toBe(false)
  expect(keysIn(commandEntry('new-project'), 'browser')).toBeUndefined()
  expect(keysIn(commandEntry('new-project'), 'desktop')).toBe('Ctrl N')
})
