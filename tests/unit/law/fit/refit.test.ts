import { describe, expect, test } from 'vitest'
import { evaluateLaw } from '../../../../src-main/law/fit/evaluate-law.ts'
import { composeLaw, lawComplexity, lawOf } from '../../../../src-main/law/graph-law.ts'
import { refitLaw } from '../../../../src-main/law/fit/refit.ts'
import { buildNeighbours } from '../../../../src-main/graph/neighbours.ts'
import { Random } from '../../../../src-main/random.ts'
import { parse } from '../../../../src-main/symbolic/index.ts'
import { everyHalo, randomCatalog } from '../scene.ts'

const catalog = randomCatalog(3000, 200, 2)
const neighbours = buildNeighbours(catalog, 30)
const all = everyHalo(catalog)
const train = all.filter((halo) => catalog.x[halo] < 150)
const truth = lawOf(['(C4 + M_j) / (1 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*M_i)', {
  C1: -0.4,
  C2: 3,
  C3: 0.4,
  C4: 0.3,
  C6: 0.08,
  C7: 6
})
const guess = lawOf(['(C4 + M_j) / (1 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*M_i)', {
  C1: 0,
  C2: 1,
  C3: 0.1,
  C4: 1,
  C6: 0.05,
  C7: 3
})

async function planted(noise: number): Promise<Float64Array> {
  const random = new Random(5)
  return (await evaluateLaw(truth, { catalog, neighbours }, all)).map((value) => value + noise * random.normal())
}

describe('refit', () => {
  test('recovers the constants of a planted law without noise', async () => {
    const fitted = await refitLaw(guess, { catalog, neighbours }, await planted(0), train, { seed: 1, threads: 2 })
    expect(fitted.trainMae).toBeLessThan(1e-5)
    const values = Object.fromEntries(fitted.constants.map(({ name, value }) => [name, value]))
    const expected = { C1: -0.4, C2: 3, C3: 0.4, C4: 0.3, C6: 0.08, C7: 6 }
    for (const [name, value] of Object.entries(expected)) expect(Math.abs(values[name] / value - 1)).toBeLessThan(1e-3)
  })

  test('with noise the constants lie within their standard errors, and the test error is the noise', async () => {
    const target = await planted(0.05)
    const fitted = await refitLaw(guess, { catalog, neighbours }, target, train, { seed: 1, threads: 2 })
    for (const { name, value, standardError } of fitted.constants) {
      const expected = { C1: -0.4, C2: 3, C3: 0.4, C4: 0.3, C6: 0.08, C7: 6 }[name]!
      expect(standardError).not.toBeNull()
      expect(Math.abs(value - expected)).toBeLessThan(4 * standardError!)
      expect(standardError!).toBeLessThan(0.2 * Math.abs(expected))
    }
    expect(fitted.trainMae).toBeCloseTo(0.05 * Math.sqrt(2 / Math.PI), 2)
  })

  test('standard errors agree with fits to fresh noise', async () => {
    const line = lawOf([], 'C1 + C2*M_i', { C1: 0, C2: 0 })
    const slopes: number[] = []
    let claimed = 0
    for (let seed = 0; seed < 40; seed++) {
      const random = new Random(100 + seed)
      const target = Float64Array.from(catalog.mass!, (mass) => 1 + (2 * mass) / 1e14 + 0.3 * random.normal())
      const { constants } = await refitLaw(line, { catalog, neighbours }, target, train, { minStarts: 1 })
      slopes.push(constants[1].value)
      claimed += constants[1].standardError! / 40
    }
    const spread = Math.sqrt(slopes.reduce((sum, slope) => sum + (slope - 2) ** 2, 0) / slopes.length)
    expect(claimed / spread).toBeGreaterThan(0.65)
    expect(claimed / spread).toBeLessThan(1.5)
  })

  test('reads the targets of its receivers only, and gives the same bytes for a seed and any threads', async () => {
    const target = await planted(0.05)
    const hidden = target.map((value, halo) => (catalog.x[halo] < 150 ? value : NaN))
    const seen = await refitLaw(guess, { catalog, neighbours }, target, train, { seed: 3, threads: 1 })
    expect(await refitLaw(guess, { catalog, neighbours }, hidden, train, { seed: 3, threads: 2 })).toEqual(seen)
    await expect(refitLaw(guess, { catalog, neighbours }, hidden, all)).rejects.toThrow(
      /training halos is not a finite number/
    )
  })

  test('names constants that only their combination determines, and gives them no standard error', async () => {
    const loose = lawOf(['C4*M_j'], 'C1 + C2*e', { C1: 0, C2: 1, C4: 1 })
    const fitted = await refitLaw(loose, { catalog, neighbours }, await planted(0.05), train)
    expect(fitted.constants.map(({ standardError }) => standardError === null)).toEqual([false, true, true])
    expect(fitted.warnings.join()).toMatch(/C2 and C4 can be changed together/)
  })

  test('warns of a pole beyond the data, in the data, and stays silent without one', async () => {
    const target = await planted(0)
    const poleAt = async (mass: number): Promise<string> => {
      const law = lawOf(['M_j'], `C1 + C2*e/(1 - M_i/${mass})`, { C1: 0, C2: 0.01 })
      return (await refitLaw(law, { catalog, neighbours }, target, train, { minStarts: 1 })).warnings.join()
    }
    const heaviest = catalog.mass!.reduce((a, b) => Math.max(a, b)) / 1e14
    expect(await poleAt(3 * heaviest)).toMatch(/vanishes at M_i = .*pole in a larger box/)
    expect(await poleAt(0.5)).toMatch(/changes sign among the halos/)
    expect(await poleAt(100 * heaviest)).toBe('')
  })

  test('cancels', async () => {
    const signal = AbortSignal.abort()
    await expect(refitLaw(guess, { catalog, neighbours }, await planted(0), train, { signal })).rejects.toThrow(
      /Cancelled/
    )
  })

  test('a formula that is finite nowhere is refused', async () => {
    const law = lawOf(['log(-r)'], 'C1 + e', { C1: 0 })
    await expect(refitLaw(law, { catalog, neighbours }, await planted(0), train)).rejects.toThrow(
      /not finite on the training halos/
    )
  })
})

test('composing gives each constant its own name and keeps integers', () => {
  const formula = composeLaw(parse('(0.3 + M_j) / (1.5 + (0.05*r)^2)'), parse('-0.4 + e/(2.5 + 0.1*M_i)'))
  const names = (text: string): string[] => text.match(/C\d+/g) ?? []
  expect(names(JSON.stringify(formula.node))).toEqual(['C1', 'C2', 'C3'])
  expect(names(JSON.stringify(formula.messages))).toEqual(['C4', 'C5', 'C6'])
  expect(() => composeLaw(parse('M_k'), parse('e'))).toThrow(/uses "M_k"/)
  expect(() => composeLaw(parse('M_j'), parse('e2'))).toThrow(/uses "e2"/)
})

test("the paper's with-mass formula weighs 22", () => {
  expect(
    lawComplexity(
      lawOf(['(C4 + M_j) / (C5 + (C6*r)^C7)'], 'C1 + e/(C2 + C3*M_i)', {
        C1: 1,
        C2: 1,
        C3: 1,
        C4: 1,
        C5: 1,
        C6: 1,
        C7: 1
      })
    )
  ).toBe(22)
})
