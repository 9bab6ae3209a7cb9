import { tableFromIPC } from 'apache-arrow'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunResult } from '../../src-shared/contract.ts'
import { openProject } from '../../src-main/project/project.ts'
import { readTrace, replayFront } from '../../src-main/symbolic/index.ts'
import { halolaw } from '../fixtures/command-line.ts'
import { cornerOfSample } from '../fixtures/corner-of-sample.ts'

let folder: string
let small: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-run-'))
  small = join(folder, 'corner.csv')
  writeFileSync(small, await cornerOfSample(150))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const quick = [
  '--preset',
  'quick',
  '--radius',
  '25',
  '--seed',
  '1',
  '--threads',
  '2',
  '--ood',
  'delta > 1',
  '--test',
  'x > 110'
]

test('a run that is killed is resumed from its project, and its models are applied to another catalog', async () => {
  const project = join(folder, 'law.halolaw')
  const killed = halolaw(['run', small, ...quick, '--seeds', '2', '--out', project])
  let output = ''
  await new Promise<void>((resolve) =>
    killed.child.stderr.on('data', (chunk: Buffer) => {
      output += String(chunk)
      if (output.includes('formula:')) resolve()
    })
  )
  killed.child.kill('SIGKILL')
  await once(killed.child, 'close')
  const before = openProject(project)
  expect(before.runs.get('r1').state).toBe('interrupted')
  // All of the first network's; those of the second seed are not kept.
  expect(before.runs.epochs('r1').map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  before.close()

  const traceFile = join(folder, 'trace.jsonl')
  const resumed = await halolaw(['run', '--resume', project, '--json', '--trace', traceFile]).done
  expect(resumed.stderr).not.toMatch(/network:/)
  expect(resumed.code).toBe(0)
  const result = JSON.parse(resumed.stdout) as RunResult
  expect(result.project).toBe(project)
  expect(result.models.map(({ id }) => id).sort()).toEqual(
    [
      'constant',
      'formula',
      'formula-best',
      'formula-short',
      'gnn',
      'gnn-ensemble',
      'invariants',
      'message-formula',
      'simple',
      'with-mass',
      'without-mass'
    ].sort()
  )
  expect(result.split.train + result.split.test + result.split.ood).toBe(result.catalog.halos)
  for (const { mae, ci95 } of result.models)
    for (const set of ['train', 'test', 'ood'] as const) {
      expect(ci95[set]![0]).toBeLessThanOrEqual(mae[set]!)
      expect(ci95[set]![1]).toBeGreaterThanOrEqual(mae[set]!)
    }
  expect(result.formula.python).toMatch(/^import numpy as np\n[^]*\ndef overdensity\(/)
  expect(result.seeds?.perSeed.map(({ seed }) => seed)).toEqual([1, 2])
  const gnn = result.models.find(({ id }) => id === 'gnn')!
  expect(result.seeds?.perSeed[0].mae.test).toBeCloseTo(gnn.mae.test!, 6)

  // Applied to the very halos it was made on, each model says what it said there.
  const table = join(folder, 'predictions.csv')
  const applied = await halolaw(['predict', project, small, '--out', table, '--json']).done
  expect(applied.code).toBe(0)
  const [header, ...rows] = readFileSync(table, 'utf8').trimEnd().split('\n')
  expect(rows).toHaveLength(result.catalog.halos)
  expect(header.split(',').sort()).toEqual([...result.models.map(({ id }) => id), 'gnn-ensemble_spread'].sort())
  const after = openProject(project)
  const trace = readTrace(readFileSync(traceFile, 'utf8'))
  expect(trace.findLast((event) => event.event === 'start')).toMatchObject({ search: 'graph', seed: 1 })
  expect(replayFront(trace)).toEqual(trace.findLast((event) => event.event === 'finish')!.front)
  const choice = trace.findLast((event) => event.event === 'choice')!
  const figures = (front: { complexity: number; loss: number }[]): object[] =>
    front.map(({ complexity, loss }) => ({ complexity, loss }))
  expect(choice.front.length).toBeGreaterThan(0)
  expect(figures(choice.front)).toEqual(figures(after.runs.front('r1', 'law')))

  const truth = readFileSync(small, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[7]))
  const sets = { train: ['train', 'validation'], test: ['test'], ood: ['ood'] } as const
  const halosOf = (set: keyof typeof sets): number[] => sets[set].flatMap((name) => [...after.runs.set('r1', name)!])
  const meanError = (values: Float32Array, halos: number[]): number =>
    halos.reduce((sum, halo) => sum + Math.abs(values[halo] - truth[halo]) / halos.length, 0)
  for (const [k, id] of header.split(',').entries()) {
    const here = Float32Array.from(rows, (row) => Number(row.split(',')[k]))
    expect.soft([id, here]).toEqual([id, after.runs.predictions('r1', id)])
    const model = result.models.find((one) => one.id === id)
    for (const set of ['train', 'test', 'ood'] as const)
      if (model) expect.soft(meanError(here, halosOf(set)) / model.mae[set]!).toBeCloseTo(1, 5)
  }
  const arrow = join(folder, 'predictions.arrow')
  expect((await halolaw(['predict', project, small, '--out', arrow]).done).code).toBe(0)
  const columns = tableFromIPC(readFileSync(arrow))
  expect(columns.schema.fields.map(({ name }) => name)).toEqual(header.split(','))
  expect(columns.getChild('gnn-ensemble_spread')!.toArray()).toEqual(
    after.runs.predictions('r1', 'gnn-ensemble_spread')
  )
  after.close()

  const nothingLeft = await halolaw(['run', '--resume', project]).done
  expect([nothingLeft.code, nothingLeft.stderr]).toEqual([2, expect.stringContaining('has no unfinished run')])
})

test('Ctrl+C ends a run cleanly and keeps what is finished', async () => {
  const project = join(folder, 'law.halolaw')
  const { child, done } = halolaw(['run', small, ...quick, '--preset', 'standard', '--out', project])
  let output = ''
  await new Promise<void>((resolve) =>
    child.stderr.on('data', (chunk: Buffer) => {
      output += String(chunk)
      if (output.includes('network:')) resolve()
    })
  )
  child.kill('SIGINT')
  const { code, stderr } = await done
  expect(code).toBe(1)
  expect(stderr).toMatch(/Cancelled; what was finished is kept\.\n$/)
  expect(stderr).toMatch(/run --resume .*law\.halolaw" continues from there/)
  const opened = openProject(project)
  expect(opened.runs.get('r1').state).toBe('cancelled')
  opened.close()
})

test('an impossible run exits with 2 and one sentence, and leaves no project behind', async () => {
  const noMass = join(folder, 'no-mass.csv')
  writeFileSync(noMass, readFileSync(small, 'utf8').replace('mass', 'weight'))
  const notProject = join(folder, 'notes.txt')
  writeFileSync(notProject, 'mine')
  const out = join(folder, 'none.halolaw')
  const cases: [string[], RegExp, number][] = [
    [['run'], /needs a CATALOG/, 2],
    [['run', join(folder, 'missing.h5'), '--out', out], /missing\.h5 does not exist/, 2],
    [['run', small, '--target', 'Delta21', '--out', out], /"Delta21".*did you mean "Delta20"/, 2],
    [['run', small, '--ood', 'detla > 1', '--out', out], /detla.*delta/, 2],
    [['run', small, '--ood', 'x >= 0', '--radius', '25', '--out', out], /Only 0 of \d+ halos are left to train on/, 2],
    [['run', small, '--box', '150', '--radius', '80', '--out', out], /80.*half the periodic box/, 2],
    [['run', small, '--radius', '-3'], /--radius -3 is not possible|write --radius=VALUE/, 2],
    [['run', small, '--preset', 'slow'], /choose quick, standard, paper/, 2],
    [['run', small, '--features', 'r,colour', '--radius', '25', '--out', out], /colour/, 2],
    [['run', small, '--out', notProject], /notes\.txt is not a Halolaw project/, 2],
    [['run', small, '--out', join(folder, 'no', 'folder.halolaw')], /does not exist/, 1],
    [['run', '--resume', notProject], /is not a Halolaw project/, 2],
    [['predict', notProject, small], /is not a Halolaw project/, 2]
  ]
  for (const [args, sentence, exit] of cases) {
    const { code, stdout, stderr } = await halolaw(args).done
    expect.soft([args, code, stdout]).toEqual([args, exit, ''])
    expect.soft(stderr).toMatch(sentence)
    expect.soft(stderr.trimEnd().split('\n').at(-1)).toMatch(/^halolaw: /)
  }
  expect(existsSync(out)).toBe(false)
  expect(readFileSync(notProject, 'utf8')).toBe('mine')
})
