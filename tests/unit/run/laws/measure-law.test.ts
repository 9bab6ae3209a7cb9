import { expect, test } from 'vitest'
import { LawMeasurer, type LawRequest } from '../../../../src-main/run/laws/measure-law.ts'
import { mockCatalog } from '../../../fixtures/mock-catalog.ts'
import { runConfig } from '../../../fixtures/run-config.ts'

const catalog = mockCatalog({ halos: 400, seed: 3 })
const take = (remainder: number): Uint32Array =>
  Uint32Array.from({ length: catalog.halos }, (_, halo) => halo).filter((halo) => halo % 4 === remainder)
const [train, validation, test_, ood] = [0, 1, 2, 3].map(take)
const request = (text: string, radius = 60): LawRequest => ({
  config: runConfig({ radius }),
  text,
  sets: { train, validation, test: test_, ood },
  weights: null,
  reference: null
})

function counted() {
  const paths: string[] = []
  const measurer = new LawMeasurer((path) => {
    paths.push(path)
    return Promise.resolve(catalog)
  })
  return { paths, measurer }
}

test('the second law of a run is measured on the loaded catalog, with the same numbers as a first one', async () => {
  const { paths, measurer } = counted()
  await measurer.measure(request('C1 + C2 * sum(M_j)'), {})
  const second = await measurer.measure(request('C1 + C2 * sum(1 / (1 + (r / 20)^4))'), {})
  expect(paths).toEqual(['/catalogs/a.h5'])
  expect(second).toEqual(await counted().measurer.measure(request('C1 + C2 * sum(1 / (1 + (r / 20)^4))'), {}))
  expect(Object.keys(second.report.mae)).toEqual(['train', 'test', 'ood'])
  expect(second.predictions).toHaveLength(catalog.halos)
})

test('a run with another graph loads that graph, and text that is not a law loads nothing', async () => {
  const { paths, measurer } = counted()
  await expect(measurer.measure(request('C1 + C2'), {})).rejects.toMatchObject({ code: 'bad-input' })
  expect(paths).toEqual([])
  const wide = await measurer.measure(request('C1 + C2 * sum(M_j)'), {})
  const narrow = await measurer.measure(request('C1 + C2 * sum(M_j)', 30), {})
  expect(paths).toHaveLength(2)
  expect(narrow.report.mae.train).not.toBe(wide.report.mae.train)
})
