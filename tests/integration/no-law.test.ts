import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunConfig, RunResult } from '../../src-shared/contract.ts'
import { Random } from '../../src-main/random.ts'
import { MemoryRunStore } from '../../src-main/run/state/memory-store.ts'
import { runPipeline } from '../../src-main/run/pipeline.ts'

/** A run whose target is noise */
async function runOnNoise(settings: Pick<RunConfig, 'maxComplexity'> = {}): Promise<RunResult> {
  const folder = mkdtempSync(join(tmpdir(), 'halolaw-no-law-'))
  const random = new Random(5)
  const column = (draw: () => number): Float32Array => Float32Array.from({ length: 300 }, draw)
  const place = (): Float32Array => column(() => 100 * random.uniform())
  const speed = (): Float32Array => column(() => 300 * random.normal())
  const table = tableFromArrays({
    x: place(),
    y: place(),
    z: place(),
    vx: speed(),
    vy: speed(),
    vz: speed(),
    mass: column(() => 1e13 * Math.exp(Math.abs(random.normal()))),
    noise: column(() => random.normal())
  })
  const catalog = join(folder, 'noise.arrow')
  writeFileSync(catalog, tableToIPC(table, 'file'))
  const result = await runPipeline(
    {
      catalog,
      map: {},
      boxSize: 100,
      target: 'noise',
      radius: 20,
      ood: null,
      test: 'x > 70',
      preset: 'quick',
      features: null,
      engine: 'cpu',
      seed: 1,
      threads: 2,
      ...settings
    },
    new MemoryRunStore()
  )
  rmSync(folder, { recursive: true })
  return result
}

test('a target without a law gives a complete report, in which no model clearly beats the constant', async () => {
  const result = await runOnNoise()
  expect(result.models.map(({ id }) => id).sort()).toEqual(
    [
      'constant',
      'formula',
      'formula-best',
      'formula-short',
      'gnn',
      'invariants',
      'message-formula',
      'simple',
      'with-mass',
      'without-mass'
    ].sort()
  )
  const [constant, formula] = ['constant', 'formula'].map((id) => result.models.find((model) => model.id === id)!)
  expect(formula.mae.test!).toBeGreaterThan(0.8 * constant.mae.test!)
})

test('a limit below any law leaves the constant in its place, in one sentence', async () => {
  const { models, warnings } = await runOnNoise({ maxComplexity: 3 })
  expect(models.find(({ id }) => id === 'formula')).toMatchObject({ complexity: 1, parameters: 1 })
  expect(warnings).toContainEqual(expect.stringContaining('No law up to complexity 3 beats a constant'))
})
