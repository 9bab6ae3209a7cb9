import { describe, expect, test } from 'vitest'
import { buildNeighbours } from '../../../../src-main/graph/neighbours.ts'
import { evaluateLaw } from '../../../../src-main/law/fit/evaluate-law.ts'
import { lawComplexity } from '../../../../src-main/law/graph-law.ts'
import { countTrees, enumerateLaws } from '../../../../src-main/law/search/enumerate-laws.ts'
import { exhaustLaws, type ExhaustionState } from '../../../../src-main/law/search/exhaust-laws.ts'
import { lawForm } from '../../../../src-main/law/text/law-form.ts'
import { describeLaw } from '../../../../src-main/law/text/describe-law.ts'
import { parseLaw } from '../../../../src-main/law/text/parse-law.ts'
import { exhaustRun } from '../../../../src-main/run/laws/exhaust.ts'
import { runConfig } from '../../../fixtures/run-config.ts'
import { everyHalo, randomCatalog } from '../scene.ts'

const grammar = { pair: ['M_j', 'r'], node: ['M_i'], operators: ['+', '*', '/'] } as const

test('every law is given once, at its own complexity, and the known ones are among them', () => {
  const laws = [...enumerateLaws(grammar, 6)]
  const forms = laws.map((law) => lawForm(describeLaw(law, 25, 60).text, 25))
  expect(laws.every((law) => lawComplexity(law) <= 6)).toBe(true)
  expect(laws.length).toBeLessThanOrEqual(countTrees(grammar, 6))
  const sizes = laws.map((law) => lawComplexity(law))
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
  for (const known of [
    'e, e = sum(r)',
    'e + 0.7, e = sum(M_j)',
    'M_i * e, e = sum(M_j)',
    'e, e = sum(0.3 * M_j / r)',
    'e + 0.7, e = sum(M_j / r)',
    'M_i + e, e = sum(M_j * r)'
  ])
    expect(forms, known).toContain(lawForm(`delta = ${known}`, 25))
})

describe('an exhaustion', async () => {
  const catalog = randomCatalog(400, 60, 7)
  const graph = { catalog, neighbours: buildNeighbours(catalog, 25) }
  const halos = everyHalo(catalog)
  const planted = parseLaw('delta = e + 0.7, e = sum(M_j / r)', 25)
  const data = {
    ...graph,
    target: await evaluateLaw(planted, graph, halos),
    train: halos,
    validation: halos.subarray(0, 0)
  }
  const work = { seed: 1, threads: 2 }
  const found = await exhaustLaws(data, { grammar, most: 6 }, work)

  test('finds a planted law, which no other law of its size reaches', () => {
    const best = found.front.at(-1)!
    expect(found.count).toBe([...enumerateLaws(grammar, 6)].length)
    expect(lawForm(describeLaw(best.formula, 25, 60).text, 25)).toBe(lawForm('delta = e + 0.7, e = sum(M_j / r)', 25))
    expect(best.trainMae).toBeLessThan(1e-8)
    expect(best.constants[0].value).toBeCloseTo(0.7, 6)
    expect(found.front.at(-2)!.trainMae).toBeGreaterThan(0.01)
  })

  test('that is interrupted continues to the same result', async () => {
    const states: ExhaustionState[] = []
    await exhaustLaws(data, { grammar, most: 6 }, { ...work, onCheckpoint: (state) => states.push(state) })
    const half = { ...states.at(-1)!, done: 64, best: [] }
    const first = await exhaustLaws(data, { grammar, most: 6 }, { ...work, resumeFrom: half })
    expect(first.count).toBe(found.count)
    const again = await exhaustLaws(data, { grammar, most: 6 }, { ...work, resumeFrom: states.at(-1) })
    expect(again).toEqual(found)
  })
})

const config = runConfig({})
const sets = { train: new Uint32Array(), validation: new Uint32Array() }

test.each([
  [{ most: 20 }, 'more memory than there is; lower --exhaust'],
  [{ most: 8 }, 'add --yes to begin'],
  [{ most: 4, variables: ['mass'] }, 'Laws have no variable "mass"'],
  [{ most: 4, operators: ['plus'] }, 'Formulas have no operator "plus"'],
  [{ most: 4, variables: [] }, 'A message needs a variable of the pair']
])('%j is refused before anything is read', async (request, sentence) => {
  await expect(exhaustRun({ config, sets, request: { ...request, agreed: false } }, {})).rejects.toThrow(sentence)
})
