import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blockOf, testBlocks, validationBlocks } from '../../../src-main/evaluation/blocks.ts'
import { evaluateMask, setOfEachHalo, splitHalos } from '../../../src-main/evaluation/splits.ts'
import { mockCatalog } from '../../fixtures/mock-catalog.ts'

const plain = { target: 'Delta20', ood: null, test: null, seed: 1 }

test('OOD is taken first, then test, and the rest is train', () => {
  const catalog = mockCatalog({ halos: 3000 })
  const delta = catalog.extra.get('Delta20')!
  const split = splitHalos(catalog, { ...plain, ood: 'delta > 1', test: 'x > 400' })
  const expected = { train: [] as number[], test: [] as number[], ood: [] as number[] }
  for (let i = 0; i < catalog.halos; i++) expected[delta[i] > 1 ? 'ood' : catalog.x[i] > 400 ? 'test' : 'train'].push(i)
  expect([...split.train]).toEqual(expected.train)
  expect([...split.test]).toEqual(expected.test)
  expect([...split.ood]).toEqual(expected.ood)
  expect(split.warnings).toEqual([])
})

test('the sets are disjoint and hold every halo with a finite target, whatever the expressions', () => {
  const catalog = mockCatalog({ halos: 500, missingTargets: 7 })
  const threshold = fc.integer({ min: 50, max: 450 })
  fc.assert(
    fc.property(threshold, threshold, fc.integer({ min: 0, max: 100 }), (a, b, seed) => {
      const split = splitHalos(catalog, {
        ...plain,
        seed,
        ood: `y < ${a} and z < 100`,
        test: b % 2 ? `x > ${b}` : null
      })
      const all = [...split.train, ...split.test, ...split.ood]
      expect(new Set(all).size).toBe(all.length)
      expect(all.length + split.missing).toBe(500)
      expect(split.missing).toBe(7)
    })
  )
})

test('halos without a finite target are in no set, and counted', () => {
  const catalog = mockCatalog({ halos: 500, missingTargets: 7 })
  expect(splitHalos(catalog, plain).warnings[0]).toBe('7 of 500 halos have no finite Delta20 and belong to no set.')
})

test('the set of each halo is a code, and none for a halo without a finite target', () => {
  const catalog = mockCatalog({ halos: 500, missingTargets: 7 })
  const split = splitHalos(catalog, { ...plain, ood: 'delta > 1' })
  const codes = setOfEachHalo(split, catalog.halos)
  codes.forEach((code, halo) => {
    const set = (['train', 'test', 'ood'] as const).find((name) => split[name].includes(halo))
    expect(code).toBe(set ? { train: 0, test: 1, ood: 2 }[set] : 255)
  })
  expect(codes.filter((code) => code === 255)).toHaveLength(7)
})

test('the default test set is whole cubes that hold a fifth of the box, set by the seed', () => {
  const catalog = mockCatalog({ halos: 20_000 })
  const share = (seed: number): number => testBlocks(catalog, seed).reduce((sum, isTest) => sum + isTest, 0) / 20_000
  expect(share(1)).toBeCloseTo(0.2, 1)
  expect(testBlocks(catalog, 1)).toEqual(testBlocks(catalog, 1))
  expect(testBlocks(catalog, 1)).not.toEqual(testBlocks(catalog, 2))
  const mask = testBlocks(catalog, 1)
  const cube = (i: number): string => [catalog.x, catalog.y, catalog.z].map((axis) => Math.floor(axis[i] / 100)).join()
  const byCube = new Map<string, number>()
  mask.forEach((isTest, i) => expect(byCube.set(cube(i), byCube.get(cube(i)) ?? isTest).get(cube(i))).toBe(isTest))
  expect([...byCube.values()].filter(Boolean)).toHaveLength(25)
})

test('in a cuboid the blocks have a fifth of each side, and whole blocks are taken', () => {
  const cube = mockCatalog({ halos: 20_000 })
  const sides = [500, 250, 1000] as const
  const catalog = { ...cube, boxSize: sides, y: cube.y.map((y) => y / 2), z: cube.z.map((z) => z * 2) }
  // The same shares of each side, so the same halos.
  expect(testBlocks(catalog, 1)).toEqual(testBlocks(cube, 1))
  const axes = [catalog.x, catalog.y, catalog.z]
  const blocks = blockOf(catalog, 5)
  for (let i = 0; i < catalog.halos; i += 17) {
    const [bx, by, bz] = axes.map((axis, n) => Math.floor((5 * axis[i]) / sides[n]))
    expect(blocks[i]).toBe((bx * 5 + by) * 5 + bz)
  }
  expect(new Set(blocks).size).toBe(125)
  const { train } = splitHalos(catalog, plain)
  const { validation } = validationBlocks(catalog, train, { seed: 3 })
  const sixths = blockOf(catalog, 6, train)
  const inValidation = new Set(validation)
  const parts = new Map<number, Set<boolean>>()
  train.forEach((halo, k) => parts.set(sixths[k], new Set([...(parts.get(sixths[k]) ?? []), inValidation.has(halo)])))
  expect([...parts.values()].every((part) => part.size === 1)).toBe(true)
  expect(validation.length / train.length).toBeGreaterThan(0.08)
})

test('validation is a tenth of training, cut out by whole cubes', () => {
  const catalog = mockCatalog({ halos: 20_000 })
  const { train } = splitHalos(catalog, { ...plain, test: 'x > 400' })
  const parts = validationBlocks(catalog, train, { seed: 3 })
  expect(parts.validation.length / train.length).toBeGreaterThan(0.08)
  expect(parts.validation.length / train.length).toBeLessThan(0.14)
  expect([...parts.train, ...parts.validation].sort((a, b) => a - b)).toEqual([...train])
})

test('a tiny catalog keeps halos to learn from', () => {
  const catalog = mockCatalog({ halos: 30 })
  const everyone = Uint32Array.from({ length: 30 }, (_, i) => i)
  const parts = validationBlocks(catalog, everyone, { seed: 1 })
  expect(parts.train.length).toBeGreaterThanOrEqual(15)
  expect(parts.validation.length).toBeGreaterThan(0)
})

test('open space is cut by the extent of the halos', () => {
  const catalog = { ...mockCatalog({ halos: 5000 }), boxSize: null }
  const count = testBlocks(catalog, 1).reduce((sum, value) => sum + value, 0)
  expect(count / 5000).toBeCloseTo(0.2, 1)
})

test('a typo in an expression, an unknown target and masks that leave no halos are refused', () => {
  const catalog = mockCatalog({ halos: 500 })
  expect(() => splitHalos(catalog, { ...plain, ood: 'detla > 1' })).toThrow(/detla.*did you mean "delta"/)
  expect(() => splitHalos(catalog, { ...plain, target: 'Delta21' })).toThrow(
    /no column "Delta21".*did you mean "Delta20"/
  )
  expect(() => splitHalos(catalog, { ...plain, ood: 'x >= 0' })).toThrow(
    'Only 0 of 500 halos are left to train on, because of the OOD expression "x >= 0"; at least 20 are needed, so exclude fewer.'
  )
  expect(() => splitHalos(catalog, { ...plain, test: 'x >' })).toThrow(/"x >"/)
})

test('a target that does not vary is refused, over all halos or over those left to train on', () => {
  const mock = mockCatalog({ halos: 500, missingTargets: 7 })
  const flat = new Float64Array(500).fill(0.25)
  const step = Float64Array.from(mock.x, (x) => (x > 400 ? 1 : 0))
  const catalog = { ...mock, extra: new Map([...mock.extra, ['flat', flat], ['step', step]]) }
  expect(() => splitHalos(catalog, { ...plain, target: 'flat' })).toThrow(
    'The target flat does not vary: it is 0.25 for every halo, and a model needs at least two values; choose another target.'
  )
  expect(() => splitHalos(catalog, { ...plain, target: 'step', test: 'x > 400' })).toThrow(
    /The target step is 0 for all \d+ training halos.*loosen the masks/
  )
  expect(splitHalos(catalog, { ...plain, target: 'step', test: 'x > 450' }).train.length).toBeGreaterThan(0)
})

test('a catalog with too few halos is refused with the number needed', () => {
  expect(() => splitHalos(mockCatalog({ halos: 19 }), plain)).toThrow(
    'The catalog has 19 halos with a finite Delta20, and at least 20 are needed to train on; open a larger catalog.'
  )
  expect(() => splitHalos(mockCatalog({ halos: 100, missingTargets: 90 }), plain)).toThrow(
    /has 10 halos with a finite Delta20, and at least 20 are needed.*choose another target, or open a larger catalog/
  )
})

test('expressions may use velocity, mass, the target by both names, and the columns of the file', () => {
  const catalog = mockCatalog({ halos: 200 })
  const delta = catalog.extra.get('Delta20')!
  const mask = evaluateMask(catalog, 'log10(mass) > 13.5 and vx > 0 or Delta20 > 1', 'Delta20')
  mask.forEach((value, i) =>
    expect(value).toBe((Math.log10(catalog.mass![i]) > 13.5 && catalog.velocity!.vx[i] > 0) || delta[i] > 1 ? 1 : 0)
  )
})

// 50000001466368 is the single-precision number nearest to 5e13.
test('a column in single precision is compared with a number in single precision', () => {
  const catalog = mockCatalog({ halos: 3 })
  const mass = Float32Array.of(4.9e13, 5e13, 5.1e13)
  const holds = (expression: string): number[] => [...evaluateMask({ ...catalog, mass }, expression, 'Delta20')]
  expect(holds('mass > 5e13')).toEqual([0, 0, 1])
  expect(holds('mass >= 5e13')).toEqual([0, 1, 1])
  expect(holds('5e13 == mass')).toEqual([0, 1, 0])
  expect(holds('-5e13 < -mass')).toEqual([1, 0, 0])
  expect(holds('mass < 5e13 or mass != 5e13')).toEqual([1, 0, 1])
})
