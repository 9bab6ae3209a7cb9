import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { RunConfig } from '../../src-shared/contract.ts'
import { loadCatalog } from '../../src-main/catalog/load.ts'
import { projectRoot } from '../../src-main/native.ts'
import { MemoryRunStore } from '../../src-main/run/state/memory-store.ts'
import { runPipeline } from '../../src-main/run/pipeline.ts'

const folder = mkdtempSync(join(tmpdir(), 'halolaw-leak-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A corner of the bundled simulation, in open space, with targets that `change` may spoil. */
async function corner(name: string, change: (x: number, y: number, delta: number) => number): Promise<string> {
  const full = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
  const inside = [...Array(full.halos).keys()].filter((k) => full.x[k] < 150 && full.y[k] < 150 && full.z[k] < 100)
  const take = (values: Float32Array | Float64Array): Float32Array => Float32Array.from(inside, (k) => values[k])
  const delta = full.extra.get('Delta20')!
  const { vx, vy, vz } = full.velocity!
  const table = tableFromArrays({
    x: take(full.x),
    y: take(full.y),
    z: take(full.z),
    vx: take(vx),
    vy: take(vy),
    vz: take(vz),
    mass: take(full.mass!),
    target: Float32Array.from(inside, (k) => change(full.x[k], full.y[k], delta[k]))
  })
  const path = join(folder, `${name}.arrow`)
  writeFileSync(path, tableToIPC(table, 'file'))
  return path
}

const config = (catalog: string): RunConfig => ({
  catalog,
  map: {},
  boxSize: null,
  target: 'target',
  radius: 20,
  ood: 'y > 120',
  test: 'x > 120',
  preset: 'quick',
  features: null,
  engine: 'cpu',
  seed: 3,
  threads: 2
})

test('targets of test and OOD halos change nothing that was trained, fitted or chosen', async () => {
  const honest = new MemoryRunStore()
  const spoiled = new MemoryRunStore()
  const result = await runPipeline(config(await corner('honest', (_x, _y, delta) => delta)), honest)
  const other = await runPipeline(
    config(await corner('spoiled', (x, y, delta) => (x > 120 || y > 120 ? 50 - 30 * delta : delta))),
    spoiled
  )

  expect(other.formula).toEqual(result.formula)
  expect(other.messages).toEqual(result.messages)
  for (const [id, values] of honest.predictions) expect(spoiled.predictions.get(id)).toEqual(values)
  const of = (run: typeof result): [string, number | undefined, boolean][] =>
    run.models.map(({ id, mae }) => [id, mae.train, (mae.test ?? 0) > 10])
  expect(of(other)).toEqual(of(result).map(([id, train]) => [id, train, true]))

  const { train, validation, test: testSet, ood } = honest.split!
  const all = [...train, ...validation, ...testSet, ...ood]
  expect(new Set(all).size).toBe(all.length)
  expect(all.length).toBe(result.catalog.halos)
})
