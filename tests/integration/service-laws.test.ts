import { expect, test } from 'vitest'
import type { Params } from '../../src-shared/contract.ts'
import { sampleCatalog } from '../fixtures/service.ts'
import { serviceScene } from '../fixtures/service-scene.ts'
import { storedProject } from '../fixtures/stored-project.ts'

const scene = serviceScene()

test('the searches of a run accept guesses and weights, and refuse text that is not a law', async () => {
  await scene.ask('catalog.open', { path: sampleCatalog })
  const searching = scene.nextEvent('run.progress', ({ search }) => search === 'law')
  const { id } = await scene.ask('run.start', { config: await scene.configOf({ target: 'guided', preset: 'quick' }) })
  expect((await searching).step).toBe('formula')
  // C2 is part of the window's 1 + ...: M_j / (C2' + (C3 r)^8), 11 and 3 for the node
  const formula = 'C1 + C2 * sum(M_j / (1 + (r/20)^8))'
  const read = await scene.ask('search.check', { id, formula })
  expect(read).toMatchObject({ complexity: 14, latex: expect.stringContaining('\\sum') })

  const refused = async (text: string): Promise<string> =>
    (await scene.ask('search.inject', { id, formula: text }).catch((error: Error) => error.message)) as string
  expect(await refused('C1 + sum(M_k)')).toContain('did you mean "M_i" or "M_j"?')
  expect(await refused(Array(20).fill('sum(r)').join(' + '))).toContain('laws up to 48 are looked for')
  await expect(scene.service.handle('search.inject', { id, formula: 7 })).rejects.toMatchObject({ code: 'bad-input' })
  const weights = { operators: { '^': 2, exp: 2 }, variable: 1, constant: 1 }
  await expect(
    scene.service.handle('search.weights', { id, weights: { ...weights, operators: { frobnicate: 2 } } })
  ).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('operators') })
  await expect(scene.service.handle('search.weights', { id, weights: { ...weights, constant: 0 } })).rejects.toThrow(
    'constant'
  )

  const sent = scene.nextEvent('run.guidance', ({ guidance }) => guidance.guesses[0]?.state === 'tried')
  await scene.ask('search.inject', { id, formula })
  expect((await sent).guidance.guesses).toEqual([{ text: formula, state: 'tried', loss: 0.25, complexity: 7 }])

  // Paused it takes guesses too, and tries them when it goes on.
  await scene.ask('run.pause', { id })
  await scene.ask('search.inject', { id, formula: 'M_j / r' })
  const states = async (): Promise<string[] | undefined> =>
    (await scene.ask('run.get', { id })).guidance?.guesses.map(({ state }) => state)
  expect(await states()).toEqual(['tried', 'waiting'])
  const second = scene.nextEvent('run.guidance', ({ guidance }) => guidance.guesses[1]?.state === 'tried')
  await scene.ask('run.resume', { id })
  await second
  const over = scene.nextEvent('run.progress', ({ search, message }) => search === null && message === 'Refit')
  await scene.ask('search.weights', { id, weights })
  await over
  const { guidance } = await scene.ask('run.get', { id })
  expect(guidance).toMatchObject({ weights, guesses: [{ text: formula, loss: 0.25 }, { text: 'M_j / r' }] })
  expect(await refused(formula)).toContain('The search of Run 1 is over')
  await scene.ask('run.cancel', { id })
})

test('a law by hand is refitted on the training halos only, measured on each set, stored, and deleted', async () => {
  await scene.ask('catalog.open', { path: sampleCatalog })
  const finished = scene.nextEvent('run.finished')
  const { id } = await scene.ask('run.start', { config: await scene.configOf({ seed: 1, radius: 20 }) })
  await finished
  const sent = scene.nextEvent('run.laws')
  const law = await scene.ask('law.measure', { id, formula: '3 * sum(M_j)' })
  expect(law).toMatchObject({ id: 'law-1', parameters: 1, complexity: 4 })
  expect((await sent).laws).toEqual([law])

  // The scripted run trains on halos 0 to 2, tests on 3, and 4 is out of distribution.
  const { mass, Delta20 } = await scene.columns(['mass', 'Delta20'])
  const sums = await Promise.all(
    [0, 1, 2, 3, 4].map(async (halo) => {
      const { index } = await scene.ask('graph.neighbours', { halo, radius: 20 })
      return index.reduce((sum, other) => sum + mass[other] / 1e14, 0)
    })
  )
  const errorAt = (constant: number, halos: number[]): number =>
    halos.reduce((sum, halo) => sum + Math.abs(constant * sums[halo] - Delta20[halo]), 0) / halos.length
  // The least absolute error of a proportion lies where it is exact for one of them.
  const least = Math.min(...[0, 1, 2].map((halo) => errorAt(Delta20[halo] / sums[halo], [0, 1, 2])))
  const constant = law.constants![0].value
  expect(law.mae.train).toBeCloseTo(errorAt(constant, [0, 1, 2]), 5)
  expect(law.mae.train).toBeLessThan(1.02 * least)
  expect(law.mae.test).toBeCloseTo(errorAt(constant, [3]), 5)
  expect(law.mae.ood).toBeCloseTo(errorAt(constant, [4]), 5)
  const { [`@pred:${id}:law-1`]: predicted, [`@residual:${id}:law-1`]: residual } = await scene.columns([
    `@pred:${id}:law-1`,
    `@residual:${id}:law-1`
  ])
  expect(predicted[3]).toBeCloseTo(constant * sums[3], 4)
  expect(residual[4]).toBeCloseTo(constant * sums[4] - Delta20[4], 4)

  const refused = async (formula: string): Promise<string> =>
    (await scene.ask('law.measure', { id, formula }).catch((error: Error) => error.message)) as string
  expect(await refused('sum(M_k)')).toContain('did you mean "M_i" or "M_j"?')
  expect(await refused('sum((M_j - 99) ^ 0.5)')).toContain('not finite on the training halos')
  expect((await scene.ask('law.measure', { id, formula: law.text })).id).toBe('law-1')
  expect((await scene.ask('run.get', { id })).laws).toHaveLength(1)
  const given = scene.ask('law.measure', { id, formula: 'sum(r)' })
  await scene.ask('law.cancel', {})
  await expect(given).rejects.toMatchObject({ code: 'cancelled' })

  await scene.ask('law.forget', { id, law: 'law-1' })
  expect((await scene.ask('run.get', { id })).laws).toEqual([])
  await expect(scene.columns([`@pred:${id}:law-1`])).rejects.toThrow('no predictions of "law-1"')
})

test('the laws that a run fitted are listed by pattern and order; a run of an earlier version says why it has none', async () => {
  await scene.ask('catalog.open', { path: sampleCatalog })
  const finished = scene.nextEvent('run.finished')
  const { id } = await scene.ask('run.start', { config: await scene.configOf({ seed: 1 }) })
  await finished
  const list = await scene.ask('laws.list', { id, where: null, top: 2 })
  expect([list.fitted, list.matches, list.laws.map(({ fit }) => fit)]).toEqual([3, 3, [2, 3]])
  expect(list.laws[0]).toMatchObject({
    complexity: 17,
    loss: 0.06,
    validationLoss: 0.058,
    mae: { train: 0.061, test: 0.062 },
    text: 'delta = 0.07 * M_i + e - 0.5, e = sum(0.03 * (M_j + 0.26) * exp(-0.1 * r) for r < 50)'
  })
  expect(list.laws[0].latex).toContain('\\sum')
  expect(list.laws[1]).toMatchObject({ validationLoss: null, mae: {} })
  expect(list.blocks).toMatchObject({ M_j: 3, M_i: 1, 'exp(r)': 2, 'tanh(r)': 1 })

  const fits = async (where: string | null, order?: Params<'laws.list'>['order']): Promise<number[]> =>
    (await scene.ask('laws.list', { id, where, top: 10, ...(order && { order }) })).laws.map(({ fit }) => fit)
  expect(await fits('has exp(r) and not has v_j')).toEqual([2])
  expect(await fits(' ')).toEqual([2, 3, 1])
  expect(await fits(null, { by: 'complexity', direction: 'ascending' })).toEqual([1, 2, 3])
  expect(await fits(null, { by: 'constants', direction: 'descending' })).toEqual([2, 3, 1])
  // Laws that were not measured are last in either direction.
  expect(await fits(null, { by: 'test', direction: 'descending' })).toEqual([2, 3, 1])
  await expect(fits('has M_k')).rejects.toThrow('at character 5: "M_k" is neither a variable of laws')
  await expect(scene.ask('laws.list', { id: 'r9', where: null, top: 1 })).rejects.toThrow('no run "r9"')

  await scene.ask('project.open', { path: storedProject('finished', scene.folder) })
  await expect(scene.ask('laws.list', { id: 'r1', where: null, top: 1 })).rejects.toThrow(
    'has no list of its laws, because an earlier version of Halolaw made it; run it again'
  )
})
