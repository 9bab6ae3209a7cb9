import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CatalogSummary } from '../../src-shared/contract.ts'
import { createProject } from '../../src-main/project/project.ts'
import { initialParameters } from '../../src-main/gnn/network/parameters.ts'
import { presetConfig } from '../../src-main/gnn/index.ts'
import { Random } from '../../src-main/random.ts'
import { runConfig } from '../fixtures/run-config.ts'
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
    [['info'], /takes CATALOG, but got none/],
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
    [['bench', 'everything'], /choose graph/],
    [['bench', 'train', '--width', '7'], /--width 7 is not known; choose 64-64-16/],
    [['bench', 'graph', '--engine', 'cpu'], /belong to "halolaw bench train"/]
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

test('serve prints its address, answers requests with the token, and ends on a signal', async () => {
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

test('export writes the history and the network of a run, and reports what it cannot write', async () => {
  const path = join(folder, 'law.halolaw')
  const project = createProject(path)
  const { id } = project.runs.create(runConfig())
  const messageStd = [1, 0.25]
  for (const epoch of [1, 2])
    project.runs.saveEpoch(id, {
      epoch,
      trainLoss: 1 / epoch,
      validationMae: 0.5,
      learningRate: 1e-3,
      seconds: epoch,
      messageStd
    })
  const config = presetConfig('quick', { mass: new Float32Array(1), velocity: null })
  const plain = (names: string[]) => ({ mean: names.map(() => 0), scale: names.map(() => 1) })
  const standardisation = {
    edge: plain(config.edgeFeatures),
    node: plain(config.nodeFeatures),
    target: { mean: 0, scale: 1 },
    meanDegree: 10
  }
  const early = await halolaw(['export', path, '--onnx', join(folder, 'network')]).done
  expect(early.code).toBe(2)
  expect(early.stderr).toMatch(/Run 1 has no trained network yet/)

  const lawless = await halolaw(['export', path, '--formulas', join(folder, 'law.tex')]).done
  expect([lawless.code, lawless.stderr]).toEqual([2, expect.stringMatching(/Run 1 has no law yet/)])

  const state = { config, parameters: initialParameters(config, new Random(1)), standardisation }
  project.runs.saveModel(id, 'gnn', 'gnn', { kind: 'gnn', state })
  project.close()
  const history = join(folder, 'history.csv')
  const done = await halolaw(['export', path, '--history', history, '--onnx', join(folder, 'network'), '--json']).done
  expect(done.stderr).toBe('')
  expect((JSON.parse(done.stdout) as { files: string[] }).files).toEqual([
    history,
    join(folder, 'network', 'edge.onnx'),
    join(folder, 'network', 'node.onnx')
  ])
  expect(readFileSync(history, 'utf8')).toBe(
    'epoch,train_loss,validation_mae,learning_rate,seconds,message_std_1,message_std_2\r\n1,1,0.5,0.001,1,1,0.25\r\n2,0.5,0.5,0.001,2,1,0.25\r\n'
  )
  expect(readFileSync(join(folder, 'network', 'edge.onnx')).includes('Halolaw')).toBe(true)

  const nothing = await halolaw(['export', path]).done
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringMatching(/--history FILE.csv or --onnx FOLDER or/)])
  const nowhere = await halolaw(['export', path, '--history', join(folder, 'no', 'h.csv')]).done
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/check that its folder exists/)])
})

test('info counts and chooses halos by an expression', async () => {
  const catalog = file(
    'halos.csv',
    `x,y,z,mass,id\n${Array.from({ length: 10 }, (_, i) => `${i},1,1,${i + 1}e13,${2n ** 60n + BigInt(i)}`).join('\n')}\n`
  )
  const counted = await halolaw(['info', catalog, '--where', 'mass > 5e13', '--json']).done
  expect(JSON.parse(counted.stdout)).toMatchObject({ halos: 10, selected: 5 })
  const chosen = await halolaw(['info', catalog, '--rows', 'x >= 3', '--where', 'mass > 5e13 and x < 8', '--json']).done
  const { halos, selected, columns } = JSON.parse(chosen.stdout) as CatalogSummary & { selected: number }
  expect([halos, selected]).toEqual([7, 3])
  expect(columns.find(({ name }) => name === 'x')).toMatchObject({
    min: 3,
    max: 9,
    type: 'int64',
    memoryType: 'float32'
  })
  expect(columns.find(({ name }) => name === 'id')?.exact).toEqual({
    min: '1152921504606846979',
    max: '1152921504606846985'
  })
  const table = await halolaw(['info', catalog, '--where', 'mass > 5e13']).done
  expect(table.stdout).toMatch(/^mass > 5e13: 5 of 10 halos$/m)
  const none = await halolaw(['info', catalog, '--rows', 'x > 100']).done
  expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/"x > 100" holds for none of the 10 halos/)])
  const typo = await halolaw(['info', catalog, '--where', 'mas > 1']).done
  expect([typo.code, typo.stderr]).toEqual([2, expect.stringMatching(/there is no "mas"; did you mean "mass"\?/)])
}, 60_000)
