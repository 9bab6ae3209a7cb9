import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { keepLaws } from '../../../src-main/law/search/kept-laws.ts'
import { FitJournal } from '../../../src-main/law/fit/fit-journal.ts'
import { fittedLaw, lawOf } from '../../../src-main/law/graph-law.ts'
import { readRunCheckpoint } from '../../../src-main/project/checkpoint-records.ts'
import { pack, unpack } from '../../../src-main/project/pack.ts'
import { openProject } from '../../../src-main/project/project.ts'
import { MemoryRunStore } from '../../../src-main/run/state/memory-store.ts'
import { RunGuide } from '../../../src-main/run/state/run-guide.ts'
import type { RunCheckpoints } from '../../../src-main/run/state/run-store.ts'
import { parse, searchSymbolic, type SearchCheckpoint } from '../../../src-main/symbolic/index.ts'
import { gnnCheckpoint, gnnState } from '../../fixtures/gnn-state.ts'
import { storedProject } from '../../fixtures/stored-project.ts'

const law = fittedLaw(lawOf(['C2 * M_j / r'], 'C1 + e', { C1: 0.1, C2: 2 }), 0.25)
const state = gnnState()
const messageStd = [1, 0.5]
const epoch = { epoch: 1, trainLoss: NaN, validationMae: 0.3, learningRate: 1e-3, seconds: 2, messageStd }
const trained = { state, history: [epoch], messageStd, parameterCount: state.parameters.length, engine: 'cpu' as const }

async function searched(): Promise<SearchCheckpoint> {
  const x = Float64Array.from({ length: 60 }, (_, row) => 1 + row / 20)
  let last: SearchCheckpoint | null = null
  await searchSymbolic(
    { variables: [{ name: 'x', values: x }], target: x.map((value) => value * value + 1) },
    { rounds: 1 },
    { seed: 1, threads: 1, onCheckpoint: (checkpoint) => (last = checkpoint) }
  )
  return last!
}

async function journal(): Promise<RunCheckpoints['law-search']> {
  const fits = new FitJournal((formula) => Promise.resolve(fittedLaw(formula, 0.5)))
  await fits.fit(law.formula)
  return fits.records()
}

async function guidance(): Promise<RunCheckpoints['guidance']> {
  const store = new MemoryRunStore()
  const guide = new RunGuide(store)
  guide.guide({ guess: 'C1 + C2 * sum(M_j / r)' }, 50)
  guide.guide({ weights: { operators: { exp: 4 }, variable: 2, constant: 1 } }, 50)
  await guide.law.due(3)
  return store.loadCheckpoint('guidance')!
}

const { kept } = keepLaws([law], [])

async function samples(): Promise<RunCheckpoints> {
  const front = { front: [{ expression: parse('2 * x + 1'), complexity: 5, loss: 0.5, score: 0 }] }
  const search = await searched()
  const invariants = { edges: [0, 10, 20], withMass: false, coefficients: [1, 2, 3], trainMae: 0.4 }
  return {
    network: { ...gnnCheckpoint(3), history: [epoch] },
    'network: further': { name: 'seed 2', checkpoint: gnnCheckpoint(2) },
    trained,
    'trained: seed 2': { ...trained, messageKl: [0, 1], notices: ['The CPU trains.'] },
    'message-search': search,
    'node-search': search,
    'message-front': front,
    'node-front': front,
    'law-search': await journal(),
    distilled: {
      fitted: law,
      short: law,
      best: law,
      fromMessage: law,
      reasons: { fitted: 'Chosen.', short: null },
      component: 1,
      front: [{ ...law, validationMae: 0.3 }],
      kept,
      finalists: [{ place: 0, law }]
    },
    baselines: {
      models: [
        { id: 'simple', kind: 'formula', fitted: law },
        { id: 'invariants', kind: 'invariants', fitted: invariants }
      ],
      skipped: []
    },
    'law-forms': { forms: { 'C1 + e': null } },
    'kept-laws': kept,
    'exhausted-laws': {
      grammar: { pair: ['r'], node: ['M_i'], operators: ['+'] },
      most: 5,
      done: 64,
      best: [{ shape: 'C1 + e1 | C2 * r', constants: [1, 2], complexity: 6, loss: 0.3 }]
    },
    guidance: await guidance()
  }
}

const checkpoints = await samples()
const keys = Object.keys(checkpoints) as (keyof RunCheckpoints)[]
const read = (key: keyof RunCheckpoints, stored: unknown): unknown =>
  readRunCheckpoint(new Map([[key, pack(stored)]]), key)

test.each(keys)('a checkpoint "%s" is read as it was stored', (key) => {
  expect(read(key, checkpoints[key])).toEqual(checkpoints[key])
  expect(readRunCheckpoint(new Map(), key)).toBeNull()
})

test.each(['killed-search', 'killed-guided', 'finished'] as const)(
  'checkpoints that version 0.1.0 wrote are read: %s',
  (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'halolaw-checkpoints-'))
    const project = openProject(storedProject(name, folder))
    const stored = project.runs.checkpoints('r1')
    project.close()
    rmSync(folder, { recursive: true })
    // Measured laws are read by the project itself, and laws of a front had no constants: the search is repeated.
    const others = new Set(name === 'finished' ? ['laws', 'distilled'] : ['laws'])
    const ofRun = [...stored.keys()].filter((key) => !others.has(key)) as (keyof RunCheckpoints)[]
    expect(ofRun.length).toBeGreaterThan(1)
    for (const key of ofRun) expect(readRunCheckpoint(stored, key), key).toEqual(unpack(stored.get(key)!))
  }
)

const optional = new Set(['messageKl', 'notices', 'reasons', 'weights', 'short', 'distilled best', 'kept', 'finalists'])

test.each(keys)('a checkpoint "%s" without one of its members is reported and left out', (key) => {
  const lines = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const members = Object.entries(checkpoints[key]).filter(
    ([name]) => !optional.has(name) && !optional.has(`${key} ${name}`)
  )
  for (const [name] of members) {
    const rest = Object.fromEntries(members.filter(([other]) => other !== name))
    expect(read(key, rest), name).toBeNull()
    expect(lines.mock.lastCall?.[0]).toContain(`The checkpoint "${key}" of the run is damaged`)
    expect(lines.mock.lastCall?.[0]).toContain(name)
  }
  lines.mockRestore()
})

test.each([
  ['network', { ...gnnCheckpoint(1), moments: [0, 0] }],
  ['network', { ...gnnCheckpoint(1), best: { ...state, parameters: state.parameters.slice(1) } }],
  ['trained', { ...trained, engine: 'abacus' }],
  ['node-front', { front: [{ expression: { kind: 'call', op: '+', args: [] }, complexity: 1, loss: 1, score: 0 }] }],
  [
    'law-search',
    { shapes: ['a'], losses: Float64Array.of(), counts: Uint32Array.of(1), constants: Float64Array.of(1) }
  ],
  ['baselines', { models: [{ id: 'simple', kind: 'formula', fitted: {} }], skipped: [] }],
  ['guidance', { ...checkpoints.guidance, law: [{ guidance: { guess: { kind: 'variable', name: 'x' } }, step: 1 }] }]
] as const)('a checkpoint "%s" with wrong content is left out', (key, stored) => {
  const lines = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  expect(read(key, stored)).toBeNull()
  expect(lines).toHaveBeenCalledTimes(1)
  lines.mockRestore()
})
