import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { contentHash, ContentHashes, contentStamp, StreamedHash } from '../../../src-main/catalog/hash.ts'
import { loadCatalog } from '../../../src-main/catalog/load.ts'
import { readCatalog } from '../../../src-main/catalog/read.ts'
import { projectRoot } from '../../../src-main/native.ts'
import { arrowBytes, fixture, scratch } from '../../fixtures/catalogs.ts'
import { needs } from '../../fixtures/needs.ts'

const folder = scratch()
afterAll(folder.remove)

const count = 80_000
const columns = Object.fromEntries(
  ['x', 'y', 'z', 'mass', 'Delta20'].map((name, column) => [
    name,
    Float32Array.from({ length: count }, (_, i) => ((i * (column + 7) * 9973) % 100_003) / 1000 + 1)
  ])
)

function largeText(): string {
  const names = Object.keys(columns)
  const rows = Array.from({ length: count }, (_, i) => names.map((name) => columns[name][i]).join(','))
  return `${names.join(',')}\n${rows.join('\n')}\n`
}

/** A bigfile folder with one table of positions. */
function bigfile(name: string): string {
  const root = join(folder.path, name)
  for (const [block, width] of [
    ['Position', 3],
    ['Mass', 1]
  ] as const) {
    const inner = join(root, 'FOFGroups', block)
    mkdirSync(inner, { recursive: true })
    writeFileSync(join(inner, 'header'), `DTYPE: <f4\nNMEMB: ${width}\nNFILE: 1\n000000: ${count} : 0\n`)
    writeFileSync(
      join(inner, '000000'),
      new Uint8Array(Float32Array.from({ length: count * width }, (_, i) => (i % 997) / 10).buffer)
    )
  }
  return join(root, 'FOFGroups')
}

const sample = join(projectRoot(), 'resources', 'fastpm-500-z0.h5')
const box = { boxSize: 500 }
const files = (): [name: string, path: string, bytes: number][] => {
  const text = folder.write('large.csv', largeText())
  const gzip = folder.write('large.csv.gz', gzipSync(readFileSync(text), { level: 1 }))
  const arrow = folder.write('large.arrow', arrowBytes(columns))
  const paths: [string, string][] = [
    ['text', text],
    ['gzipped text', gzip],
    ['Arrow', arrow],
    ['HDF5', sample]
  ]
  return [
    ...paths.map(([name, path]): [string, string, number] => [name, path, statSync(path).size]),
    ['bigfile', bigfile('large'), count * 4 * 4]
  ]
}

describe('the hash that comes with a catalog is that of its content', () => {
  test.each(['truth.csv', 'plain.feather', 'vectors.arrows', 'zstd.parquet', 'group.h5', 'halos.fits'])(
    '%s',
    async (name) => {
      const catalog = await readCatalog(fixture(name), { ...box, hash: 'content' })
      expect(catalog.sha256).toBe(await contentHash(fixture(name)))
      expect(catalog).toEqual({ ...(await readCatalog(fixture(name), box)), sha256: catalog.sha256 })
    }
  )

  test('a folder, and a catalog read by the worker, have a hash too; by default there is none', async () => {
    const path = bigfile('small')
    expect((await loadCatalog(path, { ...box, hash: 'content' })).sha256).toBe(await contentHash(path))
    expect((await loadCatalog(path, box)).sha256).toBeUndefined()
  })

  test('a gzipped table with bytes behind its end is hashed to the end of the file', async () => {
    const path = folder.write(
      'tail.csv.gz',
      Buffer.concat([gzipSync('x,y,z\n1,2,3\n4,5,6\n'), Buffer.alloc(3 * 2 ** 20)])
    )
    expect((await readCatalog(path, { ...box, hash: 'content' })).sha256).toBe(await contentHash(path))
  })

  test("a file that cannot be read is refused with its reader's error", async () => {
    const path = folder.write('broken.h5', readFileSync(fixture('group.h5')).subarray(0, 9000))
    const refusal = await readCatalog(path).catch((error: unknown) => error)
    await expect(readCatalog(path, { hash: 'content' })).rejects.toEqual(refusal)
  })
})

test('a streamed hash is null unless it has read every byte', () => {
  const hash = new StreamedHash()
  hash.add(Buffer.from('a'))
  hash.add(Buffer.from('bc'))
  expect(hash.digest(4)).toBeNull()
  expect(hash.digest(3)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

/** Bytes that this process has read from files, its threads among them. */
const bytesRead = (): number => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])

/** Bytes that some work reads: the least of five times, because the test runner reads files meanwhile. */
async function bytesReadBy(work: () => Promise<unknown>): Promise<number> {
  let least = Infinity
  for (let time = 0; time < 5; time++) {
    const start = bytesRead()
    await work()
    least = Math.min(least, bytesRead() - start)
  }
  return least
}

needs(existsSync('/proc/self/io'), "Linux's count of the bytes that a process reads")(
  'a catalog is read once with its hash: streamed formats from end to end, the others with one pass beside the reader',
  async () => {
    const shares = new Map<string, { bytes: number; plain: number; hashed: number }>()
    for (const [name, path, bytes] of files()) {
      const plain = await bytesReadBy(() => readCatalog(path, box))
      const hashed = await bytesReadBy(() => readCatalog(path, { ...box, hash: 'content' }))
      shares.set(name, { bytes, plain: plain / bytes, hashed: hashed / bytes })
    }
    for (const name of ['text', 'gzipped text', 'Arrow']) {
      const { plain, hashed, bytes } = shares.get(name)!
      expect(hashed, name).toBeLessThan(plain + 0.01)
      // The first megabyte or two are read before, to recognise the format and the columns.
      expect((hashed - 1) * bytes, name).toBeLessThan(5 * 2 ** 20)
    }
    for (const name of ['HDF5', 'bigfile']) {
      const { plain, hashed } = shares.get(name)!
      expect(hashed - plain, name).toBeGreaterThan(0.99)
      expect(hashed - plain, name).toBeLessThan(1.05)
    }
    if (process.env.HALOLAW_SHOW_READS) console.log(Object.fromEntries(shares))
  }
)

test('a stamp changes when a file is written, and is null while a write could go unnoticed', async () => {
  const path = folder.write('stamp.csv', 'x,y,z\n1,2,3\n')
  expect(await contentStamp(path)).toBeNull()
  expect(await contentStamp(join(folder.path, 'none'))).toBeNull()
  const old = await contentStamp(sample)
  if (old === null) throw new Error('the sample was written just now')
  expect(await contentStamp(sample)).toBe(old)
  const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2100)
  onTestFinished(() => now.mockRestore())
  const settled = await contentStamp(path)
  expect(settled).toContain(path)
  writeFileSync(path, 'x,y,z\n1,2,4\n')
  utimesSync(path, 1, 1)
  now.mockReturnValue(Date.now() + 2100)
  const later = await contentStamp(path)
  expect(later).toContain(path)
  expect(later).not.toBe(settled)
})

needs(existsSync('/proc/self/io'), '/proc/self/io')('a catalog is hashed once until it changes', async () => {
  const path = folder.write('once.bin', new Uint8Array(4_000_000).fill(7))
  const past = new Date(Date.now() - 60_000)
  // A file that was written just now is hashed each time, because a second write could not be noticed.
  await expect.poll(() => contentStamp(path), { timeout: 10_000 }).not.toBeNull()
  const hashes = new ContentHashes()
  const whole = await contentHash(path)
  const readBy = async (): Promise<number> => {
    const before = bytesRead()
    expect(await hashes.of(path)).toBe(whole)
    return bytesRead() - before
  }
  expect(await readBy()).toBeGreaterThan(4_000_000)
  expect(await readBy()).toBeLessThan(1_000_000)
  writeFileSync(path, new Uint8Array(4_000_000).fill(8))
  utimesSync(path, past, past)
  expect(await hashes.of(path)).toBe(await contentHash(path))
  expect(await hashes.of(path)).not.toBe(whole)
})
