import { inflateSync } from 'node:zlib'
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

/** Tables of pyarrow 26: x, y and z of 1 and 2, and decimals of 38 digits, 2^53 + 3 and 2^53 + 5. */
const decimals = {
  arrow:
    'eNqdUbENwjAQPCdOYkUuXCBEQZGKOiUdjMAQNGwAVAxCgZiAOZiAMdjA3NtGIIuAxEnn+Pzvy+XjvfdQgIOghUWNCoY7QmlqUBmuOq2RJ3JNzp' +
    'M+iA9UIz7TdCYoyI000tfwtOZuRl5ifyn9o7d+RsGePId6gduXvh15TX2OVUP3JiR26XvivUl2bxuy1CFLTAjQxk9UfIfAYpwmYYMjSh18Vnii' +
    'pbZhKjKrI+IMC7xgMAyXPYfOu6zeZfU+q/cf7uksF/7QEfdF2ix/6TJLUWXah/8GPAATDitn',
  parquet:
    'eNoLcAwyFGUQ1RHV0RFlATLYRNlkGBgYmICYhZEBDD7YQ2gGB5oo9BH1wakQCBTAJDMan1WURTLGlEGCrTg5IzU3UZSDQZRLlUmCsQJKV0LpKg' +
    'ZRPlEFUSYJpswUVS6QbToxIBJohBiLpIykjxqDjCiXpCobgyRQsyhQUCxILEiNw1MGqIpBlInBRpNNUo2BBageWWUlXGUUAZVVcJVrGHEo5YMo' +
    'BboQrLZIrEjtHza1Yi+YxFjUOIAUg4ZCQWJRYWlqiW5yQYFuYlFRfrlCWWpRcWZ+noKRmZ6BnqGkDzAs4YhBHxigAcCoBgDPVTZf'
}

test.each(Object.entries(decimals))(
  'decimals without a fraction above 2^53 are said to be rounded: %s',
  async (format, bytes) => {
    const path = folder.write(`decimals.${format}`, inflateSync(Buffer.from(bytes, 'base64')))
    const catalog = await readCatalog(path, { map: {} })
    expect(Array.from(catalog.extra.get('id') ?? [])).toEqual([2 ** 53 + 4, 2 ** 53 + 4])
    expect(catalog.warnings.join()).toMatch(/Whole numbers above 2\^53 in id .* are rounded/)
  }
)
