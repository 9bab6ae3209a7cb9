import { expect, test } from 'vitest'
import { describeLaw } from '../../../../src-main/law/text/describe-law.ts'
import { lawShapeOf } from '../../../../src-main/law/fit/fit-journal.ts'
import { searchOnGraph } from '../../../../src-main/law/search/graph-search.ts'
import { tidy } from '../../../../src-main/law/rewrite/tidy.ts'
import {
  checkTemplate,
  conformsTo,
  readGraphTemplate,
  seedsOf,
  lawVocabularyOf,
  type GraphTemplate
} from '../../../../src-main/law/text/graph-template.ts'
import { parseLaw } from '../../../../src-main/law/text/parse-law.ts'
import { variablesOf } from '../../../../src-main/symbolic/index.ts'
import { madeUpFit } from '../../../fixtures/made-up-fit.ts'

const searched = async (template: GraphTemplate) => {
  const { front } = await searchOnGraph(seedsOf(template), {
    seed: 3,
    vocabulary: lawVocabularyOf(template),
    allows: conformsTo(template),
    maxComplexity: 30,
    constantLoss: Infinity,
    evaluations: 300,
    fit: madeUpFit
  })
  return front
}

test('a search on the graph uses only the functions and arguments of its template', async () => {
  const front = await searched(readGraphTemplate('g(M_i, sum(f(r, M_j)), sum(h(r)))'))
  expect(front.length).toBeGreaterThan(2)
  for (const { formula } of front) {
    expect(formula.messages.length).toBe(2)
    for (const name of variablesOf(formula.messages[0])) expect(['r', 'M_j']).toContain(name)
    expect(variablesOf(formula.messages[1])).toEqual(['r'])
    for (const name of variablesOf(formula.node)) expect(['M_i', 'e1', 'e2']).toContain(name)
  }
  expect(new Set(front.map(({ formula }) => lawShapeOf(formula))).size).toBe(front.length)
})

test('the fixed parts of a template stay unchanged', async () => {
  const template = readGraphTemplate('g(M_i, sum(M_j / (c + (c1 * r)^c2)))')
  const front = await searched(template)
  const message = (text: string): string => lawShapeOf({ ...tidy(parseLaw(text, 50)), node: parseLaw(text, 50).node })
  const inputs = tidy(parseLaw('C1 + C2 * sum(M_j / (C3 + (C4 * r)^C5))', 50)).messages.map((m) => variablesOf(m))
  expect(message('sum(r)')).not.toBe(message('sum(M_j)'))
  expect(front.length).toBeGreaterThan(3)
  for (const { formula } of front) expect(formula.messages.map((m) => variablesOf(m))).toEqual(inputs)
  const shapes = front.map(
    ({ formula }) => lawShapeOf({ messages: formula.messages, node: formula.messages[0] }).split(' | ')[1]
  )
  expect(new Set(shapes.map((text) => text.replaceAll(/C\d+/g, 'C'))).size).toBe(1)

  const fixedNode = await searched(readGraphTemplate('c + c1 * sum(f(r, M_j)) * M_i'))
  for (const { formula } of fixedNode) expect(variablesOf(formula.node).sort()).toEqual(['M_i', 'e1'])
  expect(describeLaw(fixedNode[0].formula, 50, 500).text).toContain('sum(')
})

test('templates that do not fit the graph are refused', () => {
  const read = (text: string) => () => readGraphTemplate(text)
  const noMass = { mass: null, velocity: { vx: new Float32Array(3), vy: new Float32Array(3), vz: new Float32Array(3) } }
  expect(() => checkTemplate(readGraphTemplate('g(sum(f(r, M_j)))'), noMass)).toThrow('the catalog has no masses')
  checkTemplate(readGraphTemplate('g(v_i, sum(f(r)))'), noMass)
  expect(read('g(M_i)')).toThrow('has no sum over neighbours; write one, as in "g(M_i, sum(f(r, M_j)))"')
  expect(read('g(M_j, sum(f(r)))')).toThrow('M_j belongs to a pair of halos')
  expect(read('g(sum(f(r, sum(h(M_j)))))')).toThrow('a sum stands within a sum')
  expect(read('g(M_i, sum(f(r) * M_j))')).toThrow('a function stands within a larger formula')
  expect(read('g(sum(f(r)), sum(f(M_j)))')).toThrow('uses a function twice')
  expect(read('g(M_i, sum(f(r^2)))')).toThrow('variables and sums only')
  expect(read('g(M_i, sum(f(rr)))')).toThrow('there is no "rr"')
  expect(read('g(M_i, sum(f(r), M_j))')).toThrow('sum takes 1 argument')
})
