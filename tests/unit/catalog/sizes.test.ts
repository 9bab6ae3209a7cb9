import { compressFrameSync } from 'lz4-napi'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { loadCatalog } from '../../../src-main/catalog/load.ts'
import { memoryLimit } from '../../../src-main/catalog/table/sizes.ts'
import { lz4FrameBound, lz4FrameSize } from '../../../src-main/catalog/readers/lz4-size.ts'
import { writeBombs, type Bomb } from '../../../bench/probes/bombs.ts'
import { scratch } from '../../fixtures/catalogs.ts'

const folder = scratch()
let bombs: Record<string, Bomb>
beforeAll(async () => {
  bombs = await writeBombs(folder.path)
})
afterAll(folder.remove)
afterEach(() => {
  delete process.env.HALOLAW_MEMORY_LIMIT
})

/** Largest growth of this process's memory while something works, MB. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss()
  let most = before
  const look = (): void => void (most = Math.max(most, process.memoryUsage.rss()))
  const timer = setInterval(look, 10)
  await work()
  look()
  clearInterval(timer)
  return (most - before) / 2 ** 20
}

test.each([
  'HDF5 whose chunks were never written',
  'gzip of equal rows',
  'gzip of comments',
  'gzip of zeros',
  'gzip in gzip',
  'Parquet with a footer of row groups',
  'FITS of 10^12 rows',
  'Arrow of a thousand million rows',
  'Arrow whose buffers unpack to terabytes',
  'Arrow whose LZ4 buffer unpacks to more than it states',
  'bigfile of 10^12 rows',
  'bigfile of 10^8 rows'
])('%s is refused with one sentence and little memory', async (name) => {
  const { path, sentence } = bombs[name]
  const refused = { code: 'bad-input', message: expect.stringMatching(sentence) as string }
  const megabytes = await growth(() => expect(loadCatalog(path)).rejects.toMatchObject(refused))
  expect(megabytes).toBeLessThan(300)
})

test("the limit is half of the memory, HALOLAW_MEMORY_LIMIT, or the caller's", async () => {
  expect(memoryLimit()).toBeGreaterThan(1e8)
  process.env.HALOLAW_MEMORY_LIMIT = '3.5'
  expect(memoryLimit()).toBe(3.5e9)
  process.env.HALOLAW_MEMORY_LIMIT = 'much'
  expect(() => memoryLimit()).toThrow('HALOLAW_MEMORY_LIMIT is "much"; set it to a positive number of GB, e.g. 16.')
  const rows = Array.from({ length: 70_000 }, (_, k) => `${k},${k * 2},${k * 3}`)
  const path = folder.write('small.csv', `x,y,z\n${rows.join('\n')}\n`)
  await expect(loadCatalog(path, { memoryLimit: 1e6 })).rejects.toThrow(
    /takes? \d+\.\d MB of memory, more than the limit of 1\.0 MB; raise it with --limit GB or by starting Halolaw with HALOLAW_MEMORY_LIMIT=GB/
  )
  expect((await loadCatalog(path, { memoryLimit: 1e8, boxSize: 300_000 })).halos).toBe(70_000)
})

test('the size of an LZ4 frame is known before it is unpacked', () => {
  const random = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 7919 + (i >> 3)) & 255))
  const contents = [
    Buffer.alloc(0),
    Buffer.from('halo'),
    Buffer.alloc(5_000_000),
    random,
    Buffer.from('abcabc'.repeat(99_999))
  ]
  for (const content of contents) {
    const frame = compressFrameSync(content)
    expect(lz4FrameSize(frame)).toBe(content.length)
    expect(lz4FrameBound(frame)).toBeGreaterThanOrEqual(content.length)
  }
  const cut = compressFrameSync(random)
  expect(() => lz4FrameSize(cut.subarray(0, 1000))).toThrow(/cut off|longer than what is left/)
})
