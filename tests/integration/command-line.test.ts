import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CatalogSummary } from '../../src-shared/contract.ts'
import { halolaw } from '../fixtures/command-line.ts'
import { sampleCatalog } from '../fixtures/service.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

test('info prints one JSON object, or a table', async () => {
  const json = await halolaw(['info', sampleCatalog, '--json']).done
  expect([json.code, json.stderr]).toEqual([0, ''])
  const summary = JSON.parse(json.stdout) as CatalogSummary
  expect(summary).toMatchObject({ path: sampleCatalog, halos: 37_239, boxSize: 500, periodic: true })
  expect(summary.columns.find(({ name }) => name === 'mass')?.unit).toBe('Msun/h')
  const table = await halolaw(['info', sampleCatalog]).done
  expect(table.stdout).toMatch(/37239 halos, box of 500 Mpc\/h, periodic\n/)
})

test('bad usage and bad input exit with 2 and one line that says what, where and how to mend it', async () => {
  const truncated = file('half.h5', readFileSync(sampleCatalog).subarray(0, 200_000))
  const mislabelled = file('text.h5', 'this is no HDF5')
  const cases: [string[], RegExp][] = [
    [['inof'], /There is no command "inof"; did you mean "halolaw info"\?/],
    [['info'], /takes CATALOG, and was given none/],
    [['info', '--bla', 'x'], /Unknown option '--bla'/],
    [['info', join(folder, 'none.h5')], /none\.h5 does not exist/],
    [['info', truncated], /half\.h5/],
    [['info', mislabelled], /text\.h5/],
    [['info', sampleCatalog, '--map', 'mass'], /--map mass is not understood/],
    [['info', sampleCatalog, '--map', 'mass=Mas'], /Mas/],
    [['info', sampleCatalog, '--box=-5'], /--box -5 is not possible/],
    [['info', sampleCatalog, '--box', '-5'], /write --box=VALUE/],
    [['fit', file('t.csv', 'a,b\n1,2\n3,4\n'), '--target', 'c'], /no column "c"/],
    [['fit', sampleCatalog], /needs --target/],
    [
      ['fit', file('u.csv', 'a,b\n1,2\n3,4\n'), '--target', 'b', '--units', file('u.json', '["m"]')],
      /u\.json" is not a JSON object/
    ],
    [
      ['fit', file('w.csv', 'a,b\n1,2\n3,4\n'), '--target', 'b', '--units', file('w.json', '{"c": "m"}')],
      /unit is given for "c"/
    ],
    [['serve', join(folder, 'none.h5')], /no file .*none\.h5/],
    [['serve', '--port', '99999'], /--port 99999 is not possible/],
    [['bench', 'everything'], /choose graph/]
  ]
  const results = await Promise.all(cases.map(([args]) => halolaw(args).done))
  results.forEach(({ code, stdout, stderr }, k) => {
    expect.soft([cases[k][0], code, stdout]).toEqual([cases[k][0], 2, ''])
    expect.soft(stderr).toMatch(cases[k][1])
    expect.soft(stderr).toMatch(/^halolaw: [^\n]+\n$/)
  })
})

test('fit finds the law of a table', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => {
    const [a, b] = [1 + (i % 10) / 3, 1 + Math.floor(i / 10) / 4]
    return `${a},${b},${(3 * a) / b}`
  })
  const table = file('law.csv', `a,b,y\n${rows.join('\n')}\n`)
  const { code, stdout } = await halolaw(['fit', table, '--target', 'y', '--time', '20', '--seed', '1', '--json']).done
  expect(code).toBe(0)
  const result = JSON.parse(stdout) as { best: { loss: number; python: string }; front: unknown[] }
  expect(result.best.loss).toBeLessThan(1e-10)
  expect(result.best.python).toMatch(/a.*b|b.*a/)
})

test('serve prints its address, answers with the token, and ends when asked', async () => {
  const { child, done } = halolaw(['serve', sampleCatalog], { HALOLAW_CONFIG_DIR: join(folder, 'config') })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  const address = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(String(line))![0]
  expect((await fetch(address)).status).toBe(200)
  child.kill('SIGTERM')
  expect((await done).code).toBe(0)
})

test('bench graph counts every edge of the bundled simulation', async () => {
  const { stdout } = await halolaw(['bench', 'graph', '--json']).done
  expect((JSON.parse(stdout) as { edges: number }).edges).toBe(6_173_620)
})
