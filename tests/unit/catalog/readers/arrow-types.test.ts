import { inflateSync } from 'node:zlib'
import { Decimal, makeData, makeVector, Table, tableToIPC, Vector } from 'apache-arrow'
import { afterAll, expect, test } from 'vitest'
import { readCatalog } from '../../../../src-main/catalog/read.ts'
import { scratch } from '../../../fixtures/catalogs.ts'

const folder = scratch()
afterAll(folder.remove)

/** A stream of pyarrow 26: a float64 column and a run-end-encoded one. */
const runEnds =
  'eNqdUTkOwjAQnCTGRMhFCoRSpuAf8AgKOoREOkQBAlEgap7FkyjpzOzaEZGBhpHW3mP28Np775sMqCAYwcFigJIakRnaoFXyNPEEcso96kvmkz' +
  'ipqTe9+IIyphSUfdvSbzR2C/xC+tWRL7CU03p7bA/AVTk5Zxprz6FOUcUZkcs97eUKZ3/crdrd5hBsRxmqX17RaLbUskmtzzm4CpzJE64N7fTk' +
  'SP4Z3yRwmMRNOa2IwmidGh1G1J1uTXZ5QdhxhjcsfqNM7tTfzVsl8epLnkn64g874DFL/HOvfwW8APOWJg0='

test('a column of a type that cannot be read is named, and the file is not called damaged', async () => {
  const path = folder.write('runs.arrow', inflateSync(Buffer.from(runEnds, 'base64')))
  await expect(readCatalog(path, { map: {} })).rejects.toThrow(
    /a column of the Arrow type RunEndEncoded, which .* write/
  )
})

test('decimals without a fraction above 2^53 are said to be rounded', async () => {
  const axis = makeVector(Float64Array.of(1, 2))
  const [low, high] = [3, 5].map((digit) => [digit, 2 ** 21, 0, 0])
  const decimal = makeData({ type: new Decimal(0, 38, 128), length: 2, data: Uint32Array.from([...low, ...high]) })
  const table = new Table({ x: axis, y: axis, z: axis, id: new Vector([decimal]) })
  const catalog = await readCatalog(folder.write('decimals.arrow', tableToIPC(table)), { map: {} })
  expect(Array.from(catalog.extra.get('id') ?? [])).toEqual([2 ** 53 + 4, 2 ** 53 + 4])
  expect(catalog.warnings.join()).toMatch(/Whole numbers above 2\^53 in id .* are rounded/)
})
