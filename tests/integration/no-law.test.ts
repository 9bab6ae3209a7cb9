import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Random } from '../../src-main/random.ts'
import { MemoryRunStore } from '../../src-main/run/state/memory-store.ts'
import { runPipeline } from '../../src-main/run/pipeline.ts'

test('a target without a law gives a complete report, in which no model clearly beats the constant', async () => {
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
      threads: 2
    },
    new MemoryRunStore()
  )
  rmSync(folder, { recursive: true })
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
