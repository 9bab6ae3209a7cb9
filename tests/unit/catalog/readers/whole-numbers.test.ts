import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeVector, Table, tableToIPC } from 'apache-arrow'
import h5wasm from 'h5wasm/node'
import { afterAll, expect, test } from 'vitest'
import { readCatalog } from '../../../../src-main/catalog/read.ts'
import type { Catalog } from '../../../../src-main/catalog/catalog.ts'
import { scratch } from '../../../fixtures/catalogs.ts'

// Identifiers of 64 bits, which double precision rounds: 2^53 + 1 is the first one.
const folder = scratch()
afterAll(folder.remove)
const x = Float32Array.of(1, 2, 3)
const signed = BigInt64Array.of(2n ** 53n + 1n, -(2n ** 62n) - 1n, 7n)
const unsigned = BigUint64Array.of(2n ** 64n - 1n, 2n ** 63n + 5n, 5n)

async function expectExact(path: string, wide: Record<string, bigint[]>): Promise<Catalog> {
  const catalog = await readCatalog(path)
  for (const [name, values] of Object.entries(wide)) {
    expect([...(catalog.exact?.get(name) ?? [])], name).toEqual(values)
    expect([...(catalog.extra.get(name) ?? [])], name).toEqual(values.map(Number))
    const sorted = values.toSorted((a, b) => (a < b ? -1 : 1))
    expect(catalog.columns.find((column) => column.name === name)?.exact).toEqual({
      min: String(sorted[0]),
      max: String(sorted.at(-1))
    })
  }
  const names = Object.keys(wide).join(', ')
  expect(catalog.warnings.join('\n')).toContain(`Whole numbers above 2^53 in ${names} of`)
  return catalog
}

const both = { signed: [...signed], unsigned: [...unsigned] }

test('Arrow', async () => {
  const vectors = { x, y: x, z: x, signed, unsigned }
  const table = new Table(Object.fromEntries(Object.entries(vectors).map(([name, v]) => [name, makeVector(v)])))
  await expectExact(folder.write('ids.arrow', tableToIPC(table, 'file')), both)
})

test('HDF5, vectors too', async () => {
  await h5wasm.ready
  const path = join(folder.path, 'ids.h5')
  const file = new h5wasm.File(path, 'w')
  for (const name of ['x', 'y', 'z']) file.create_dataset({ name, data: x })
  file.create_dataset({ name: 'signed', data: signed })
  file.create_dataset({ name: 'unsigned', data: unsigned })
  file.create_dataset({ name: 'pair', data: BigInt64Array.of(1n, 2n ** 60n + 1n, 2n, 3n, 4n, 5n), shape: [3, 2] })
  file.close()
  await expectExact(path, { pair_1: [2n ** 60n + 1n, 3n, 5n], ...both })
})

test('text', async () => {
  const rows = [...x].map((value, i) => [value, value, value, signed[i], unsigned[i], `1e${i}`].join(','))
  const path = folder.write('ids.csv', `x,y,z,signed,unsigned,float\n${rows.join('\n')}\n`)
  const catalog = await expectExact(path, both)
  expect(catalog.columns.map(({ type }) => type).slice(3)).toEqual(['int64', 'uint64', 'float64'])
})

test('text of many rows', async () => {
  const count = 2 ** 16 + 3
  const rows = Array.from(
    { length: count },
    (_, i) => `${i} 1 1 ${2n ** 60n + BigInt(i)} ${i === 2 ** 16 ? 2n ** 53n + 1n : i}`
  )
  const { exact } = await readCatalog(folder.write('many.txt', `x y z id late\n${rows.join('\n')}\n`))
  for (const i of [0, 1, 2 ** 16 - 1, 2 ** 16, count - 1]) expect(exact?.get('id')?.[i]).toBe(2n ** 60n + BigInt(i))
  expect(exact?.get('late')?.[5]).toBe(5n)
  expect(exact?.get('late')?.[2 ** 16]).toBe(2n ** 53n + 1n)
  expect(exact?.get('late')?.[count - 1]).toBe(BigInt(count - 1))
})

test('text with more than 64 bits says that its numbers are rounded', async () => {
  const path = folder.write('longer.csv', `x,y,z,id\n1,1,1,${2n ** 64n}\n2,2,2,1\n`)
  const { exact, warnings } = await readCatalog(path)
  expect(exact).toBeUndefined()
  const endless = folder.write('endless.csv', `x,y,z,id\n1,1,1,${'7'.repeat(2e6)}\n2,2,2,1\n`)
  expect((await readCatalog(endless)).exact).toBeUndefined()
  expect(warnings.join('\n')).toMatch(/Whole numbers above 2\^53 in id of .* are rounded to double precision\./)
})

test('bigfile', async () => {
  const root = join(folder.path, 'ids.bigfile')
  const column = (name: string, dtype: string, width: number, data: NodeJS.ArrayBufferView): void => {
    mkdirSync(join(root, 'LL-0.200', name), { recursive: true })
    writeFileSync(
      join(root, 'LL-0.200', name, 'header'),
      `DTYPE: ${dtype}\nNMEMB: ${width}\nNFILE: 1\n000000: 3 : 0 : 0\n`
    )
    writeFileSync(join(root, 'LL-0.200', name, '000000'), data)
  }
  column('Position', '<f4', 3, Float32Array.of(1, 1, 1, 2, 2, 2, 3, 3, 3))
  column('signed', '<i8', 1, signed)
  column('unsigned', '<u8', 1, unsigned)
  await expectExact(join(root, 'LL-0.200'), both)
})

// FITS stores an unsigned integer as a signed one, shifted by 2^63: in double precision 5 would become 0.
test('FITS, where small unsigned numbers are stored near -2^63', async () => {
  const card = (key: string, value: string): string => `${key.padEnd(8)}= ${value.padStart(20)}`.padEnd(80)
  const block = (cards: string[]): string => {
    const text = [...cards, 'END'.padEnd(80)].join('')
    return text.padEnd(Math.ceil(text.length / 2880) * 2880)
  }
  const forms = { x: 'E', y: 'E', z: 'E', signed: 'K', unsigned: 'K', small: 'I', gaps: 'K' }
  const cards = Object.entries(forms).flatMap(([name, form], i) => [
    card(`TTYPE${i + 1}`, `'${name}'`),
    card(`TFORM${i + 1}`, `'${form}'`)
  ])
  const head =
    block([card('SIMPLE', 'T'), card('BITPIX', '8'), card('NAXIS', '0'), card('EXTEND', 'T')]) +
    block([
      `XTENSION= 'BINTABLE'`.padEnd(80),
      card('BITPIX', '8'),
      card('NAXIS', '2'),
      card('NAXIS1', '38'),
      card('NAXIS2', '3'),
      card('PCOUNT', '0'),
      card('GCOUNT', '1'),
      card('TFIELDS', '7'),
      ...cards,
      card('TZERO5', '9223372036854775808'),
      card('TZERO6', '32768'),
      card('TZERO7', '9223372036854775808'),
      card('TNULL7', '-9223372036854775808')
    ])
  const data = Buffer.alloc(2880)
  for (let i = 0; i < 3; i++) {
    const at = 38 * i
    for (const k of [0, 1, 2]) data.writeFloatBE(x[i], at + 4 * k)
    data.writeBigInt64BE(signed[i], at + 12)
    data.writeBigInt64BE(BigInt.asIntN(64, unsigned[i] - 2n ** 63n), at + 20)
    data.writeInt16BE(40_000 + i - 32_768, at + 28)
    data.writeBigInt64BE(-(2n ** 63n) + BigInt(i), at + 30)
  }
  const path = folder.write('ids.fits', Buffer.concat([Buffer.from(head, 'latin1'), data]))
  const catalog = await expectExact(path, both)
  const types = Object.fromEntries(catalog.columns.map(({ name, type }) => [name, type]))
  expect(types).toMatchObject({ signed: 'int64', unsigned: 'uint64', small: 'uint16' })
  expect([...(catalog.extra.get('small') ?? [])]).toEqual([40_000, 40_001, 40_002])
  expect([...(catalog.extra.get('gaps') ?? [])]).toEqual([NaN, 1, 2])
})

test('halos without a mass leave out their identifiers too', async () => {
  const rows = ['1,1,1,0,9007199254740993', '2,2,2,1e12,9007199254740995', '3,3,3,2e12,9007199254740997']
  const { exact, columns } = await readCatalog(folder.write('massless.csv', `x,y,z,mass,id\n${rows.join('\n')}\n`))
  expect([...(exact?.get('id') ?? [])]).toEqual([9007199254740995n, 9007199254740997n])
  expect(columns.find(({ name }) => name === 'id')?.exact?.min).toBe('9007199254740995')
})
