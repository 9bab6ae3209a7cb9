import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { contentHash } from '../../../../src-main/catalog/hash.ts'
import { loadCatalog } from '../../../../src-main/catalog/load.ts'
import { readCatalog } from '../../../../src-main/catalog/read.ts'
import { HalolawError } from '../../../../src-shared/errors.ts'
import { fixture, scratch } from '../../../fixtures/catalogs.ts'

const folder = scratch()
afterAll(folder.remove)

/** One sentence that names the file. */
async function sentence(path: string, options = {}): Promise<string> {
  const error: unknown = await readCatalog(path, options).then(
    () => null,
    (cause: unknown) => cause
  )
  if (!(error instanceof HalolawError)) throw new Error(`${path} gave ${String(error)}`)
  expect(error.code).toBe('bad-input')
  expect(error.message).not.toContain('\n')
  expect(error.message).toContain(path)
  return error.message
}

describe('each kind of bad file has its own error', () => {
  test('missing, empty, a folder, no permission', async () => {
    expect(await sentence(join(folder.path, 'none.h5'))).toMatch(/does not exist; check the path/)
    expect(await sentence(folder.write('empty.csv', ''))).toMatch(/is empty/)
    expect(await sentence(folder.write('blank.csv', '\n\n'))).toMatch(/no rows/)
    mkdirSync(join(folder.path, 'sub'))
    expect(await sentence(join(folder.path, 'sub'))).toMatch(/is a folder/)
    const secret = folder.write('secret.csv', 'x,y,z\n1,2,3\n')
    chmodSync(secret, 0)
    // root reads everything, so there the file simply loads
    if (process.getuid?.() !== 0) expect(await sentence(secret)).toMatch(/may not be read.*chmod/)
  })
  test('formats that are not read', async () => {
    expect(await sentence(fixture('version1.feather'))).toMatch(/Feather version 1/)
    expect(await sentence(folder.write('picture.h5', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')))).toMatch(
      /none of the formats/
    )
    expect(await sentence(folder.write('wide.csv', Buffer.from('\ufeffx,y,z\n1,2,3\n', 'utf16le')))).toMatch(
      /UTF-16|none of the formats/
    )
    expect(await sentence(fixture('lzf.h5'))).toMatch(/filter "lzf".*h5repack/)
  })
  test('truncated files', async () => {
    for (const name of ['lz4.feather', 'zstd.parquet', 'group.h5', 'vectors.arrows']) {
      const bytes = readFileSync(fixture(name))
      expect(await sentence(folder.write(`half-${name}`, bytes.subarray(0, bytes.length >> 1)))).toMatch(
        /damaged|truncated/
      )
    }
    expect(await sentence(folder.write('half.csv', 'x,y,z\n1,2,3\n4,5'))).toMatch(
      /Line 3 of .* has 2 fields where 3 belong \(a truncated/
    )
    const packed = gzipSync(readFileSync(fixture('truth.csv')))
    expect(await sentence(folder.write('half.csv.gz', packed.subarray(0, packed.length >> 1)))).toMatch(
      /damaged or truncated gzip/
    )
  })
  test('no rows, no positions, ragged rows', async () => {
    expect(await sentence(folder.write('heading.csv', 'x,y,z\n'))).toMatch(/holds no halos/)
    expect(await sentence(folder.write('list.list', '#ID X Y Z\n#a = 1\n'))).toMatch(/holds no halos/)
    expect(await sentence(folder.write('other.csv', 'a,b\n1,2\n'))).toMatch(/no columns that are known as positions/)
    expect(await sentence(folder.write('ragged.csv', 'x,y,z\n1,2,3\n1,2,3,4\n'))).toMatch(/Line 3 .* 4 fields where 3/)
  })
  test('nonsense options', async () => {
    const good = fixture('lz4.feather')
    await expect(loadCatalog(good, { boxSize: -5 })).rejects.toThrow(/box size of -5/)
    await expect(loadCatalog(good, { map: { mass: 'nope' } })).rejects.toThrow(
      /--map mass=nope names no numeric column/
    )
    await expect(loadCatalog(good, { map: { h: 'abc' } })).rejects.toThrow(/--map h=abc must be a number/)
    await expect(loadCatalog(join(folder.path, 'none.h5'))).rejects.toMatchObject({
      name: 'HalolawError',
      code: 'bad-input'
    })
    await expect(loadCatalog(good, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
  })
})

test('the content hash is the SHA-256 of the bytes', async () => {
  expect(await contentHash(folder.write('abc', 'abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  )
  await expect(contentHash(join(folder.path, 'none'))).rejects.toThrow(/does not exist/)
})

// Whatever happens to a file's bytes, it loads or is refused with a sentence; the test's own time limit catches a hang.
describe('damaged files either load or are refused', () => {
  const damaged = async (name: string, read: typeof readCatalog, numRuns: number): Promise<void> => {
    const original = readFileSync(fixture(name))
    const place = fc.oneof(
      fc.nat(400),
      fc.nat(original.length - 1),
      fc.nat(1000).map((back) => original.length - 1 - back)
    )
    await fc.assert(
      fc.asyncProperty(
        fc.option(fc.nat(original.length - 1), { nil: original.length - 1, freq: 1 }),
        fc.array(fc.tuple(place, fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255))), { maxLength: 6 }),
        async (last, flips) => {
          const bytes = Buffer.from(original.subarray(0, last + 1))
          for (const [at, value] of flips) if (at >= 0 && at < bytes.length) bytes[at] = value
          const path = folder.write(`fuzzed-${basename(name)}`, bytes)
          try {
            expect((await read(path)).halos).toBeGreaterThan(0)
          } catch (cause) {
            if (!(cause instanceof HalolawError)) throw cause
            expect(cause.code).toBe('bad-input')
            expect(cause.message).not.toContain('\n')
          }
        }
      ),
      { numRuns }
    )
  }
  test.each([
    'lz4.feather',
    'zstd.feather',
    'plain.feather',
    'vectors.arrows',
    'zstd.parquet',
    'snappy.parquet',
    'none.parquet',
    'vectors.parquet',
    'truth.csv',
    'halos.fits',
    'field/tangos_out_14.list'
  ])('%s', (name) => damaged(name, readCatalog, 150))

  // The HDF5 library does not survive some of these, so each is read in a worker of its own, as in the program.
  test.each(['group.h5', 'compound.h5'])('%s, each in its own worker', (name) => damaged(name, loadCatalog, 10))
})

// Each of these had a library look at the same place for ever, or ask for memory without end.
describe('lengths that a file states are checked before they are used', () => {
  test('an Arrow footer with too many batches, and one that points to something else', async () => {
    const bytes = readFileSync(fixture('plain.feather'))
    const footer = bytes.length - 10 - bytes.readInt32LE(bytes.length - 10)
    let refusals = 0
    for (let at = footer; at + 4 < bytes.length - 10; at += 4) {
      if (bytes.readInt32LE(at) !== 3) continue
      const changed = Buffer.from(bytes)
      changed.writeInt32LE(0x7fffffff, at)
      refusals += await readCatalog(folder.write('batches.feather', changed)).then(
        () => 0,
        (cause: HalolawError) => (/no sensible length/.test(cause.message) ? 1 : 0)
      )
    }
    expect(refusals).toBe(1)
  })
  test('a Parquet page without a size', async () => {
    const bytes = readFileSync(fixture('vectors.parquet'))
    const type = 0x15
    expect(bytes[2647]).toBe(type)
    // The field number of the page's size becomes another one.
    bytes[2647] = type + 0x40
    expect(await sentence(folder.write('page.parquet', bytes))).toMatch(/a page states no sensible size/)
  })
  test('a FITS table longer than its file, and a bigfile column shorter than its header', async () => {
    const bytes = readFileSync(fixture('halos.fits'))
      .toString('latin1')
      .replace(/NAXIS2 {2}= +60/, 'NAXIS2  =        9999999999')
    expect(await sentence(folder.write('long.fits', Buffer.from(bytes, 'latin1')))).toMatch(/truncated|no sense/)
  })
  test('a text without line ends', async () => {
    expect(await sentence(folder.write('line.csv', '1'.repeat(2 ** 25)))).toMatch(/rows|line|positions/)
  })
})
