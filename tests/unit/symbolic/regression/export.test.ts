import katex from 'katex'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunDetail } from '../../../../src-shared/contract.ts'
import { inAllLanguages } from '../../../../src-main/service/workspace/languages.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { needs } from '../../../fixtures/needs.ts'
import { aNumpyPython, aSympyPython, numpyPython, sympyPython } from '../../../fixtures/python.ts'

const texts = ['1.5', '`Mass [Msun]` * 2', '3 * sin(x) - `Mass [Msun]` / (0.5 + end ^ 2.1) + erf(x)']
const front = texts.map((text, k) =>
  s.entryOf({ expression: s.parse(text), complexity: 1 + 3 * k, loss: 10 ** -k, score: k / 3 })
)
const exported: s.ExportedFront = { target: 'rho */ \n"x"', front, best: front[2] }
const columns = new Map([
  ['x', [0.2, -1]],
  ['Mass [Msun]', [3, 4]],
  ['end', [1.5, 0.7]]
])
const truth = texts.map((text) => [...s.evaluate(s.parse(text), columns, 2)])

let folder = ''
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'halolaw-export-'))))
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, more = ''): string {
  const path = join(folder, name)
  writeFileSync(path, s.exporterFor(path)(exported) + more)
  return path
}

function expectTruth(rows: number[][]): void {
  rows.forEach((row, k) => row.forEach((v, i) => expect(v).toBeCloseTo([...truth, truth[2]][k][i], 12)))
}

test("the C file compiles and gives the formulas' values", () => {
  const call = (name: string, i: number): string =>
    `printf("%.17g,", ${name}(${['Mass [Msun]', 'x', 'end'].map((column) => columns.get(column)![i]).join(', ')}));`
  const names = ['law_1', 'law_2', 'law_3', 'law']
  const main = `#include <stdio.h>\nint main(void) {\n${names.map((name) => call(name, 0) + call(name, 1)).join('\n')}\n}\n`
  const source = write('laws.c', main)
  execFileSync(process.env.CC ?? 'cc', ['-std=c99', '-Wall', '-Werror', source, '-o', join(folder, 'laws'), '-lm'])
  const values = execFileSync(join(folder, 'laws'), { encoding: 'utf8' }).split(',').slice(0, -1).map(Number)
  expectTruth(names.map((_, k) => values.slice(2 * k, 2 * k + 2)))
})

needs(numpyPython !== undefined, aNumpyPython)("the NumPy module gives the formulas' values", () => {
  const json = JSON.stringify(Object.fromEntries(columns))
  const script = write(
    'laws.py',
    `import json\ncolumns = {k: np.array(v) for k, v in json.loads(r'''${json}''').items()}\n` +
      'print(json.dumps([(f(columns) + np.zeros(2)).tolist() for f in (law_1, law_2, law_3, law)]))\n'
  )
  expectTruth(JSON.parse(execFileSync(numpyPython!, [script], { encoding: 'utf8' })) as number[][])
})

needs(sympyPython !== undefined, aSympyPython)("the SymPy module gives the formulas' values", () => {
  const rows = [0, 1].map(
    (i) => `{x: ${columns.get('x')![i]}, end: ${columns.get('end')![i]}, mass: ${columns.get('Mass [Msun]')![i]}}`
  )
  const script = write(
    'laws.sympy.py',
    `import json\nmass = sp.Symbol("Mass [Msun]", real=True)\nrows = [${rows.join(', ')}]\n` +
      'print(json.dumps([[float(sp.sympify(e).subs(row)) for row in rows] for e in (law_1, law_2, law_3, law)]))\n'
  )
  expectTruth(JSON.parse(execFileSync(sympyPython!, [script], { encoding: 'utf8' })) as number[][])
})

test('the LaTeX table is aligned, marks the best and renders', () => {
  const tex = s.exporterFor('front.tex')(exported)
  const array = tex.slice(tex.indexOf('\\[') + 2, tex.indexOf('\\]'))
  expect(katex.renderToString(array, { displayMode: true, throwOnError: true, strict: 'error' })).toContain('katex')
  const rows = array.split('\n').filter((line) => line.includes('={}'))
  expect(rows).toHaveLength(3)
  for (const row of rows) expect(row.match(/&/g)).toHaveLength(4)
  expect(rows[2]).toContain('\\star')
  for (const line of tex.split('\n').slice(0, 2)) expect(line.startsWith('%')).toBe(true)
})

test('Julia renames invalid names, and a comment lists them', () => {
  const julia = s.exporterFor('front.jl')(exported)
  expect(julia).toContain('using SpecialFunctions')
  expect(julia).toContain('# Mass_Msun is Mass [Msun]')
  expect(julia).toContain('law_2(Mass_Msun, x, end_) = Mass_Msun * 2.0')
  expect(julia).toContain('const law = law_3')
})

test('text and JSON hold the front; an unknown ending is refused', () => {
  expect(s.exporterFor('a.txt')(exported).split('\n')[3]).toContain(`* complexity 7, loss 0.01, score 0.66667`)
  expect(JSON.parse(s.exporterFor('a.JSON')(exported))).toEqual(exported)
  expect(() => s.exporterFor('front.xlsx')).toThrow('use .sympy.py (SymPy), .py')
})

test("a run's stored formulas are printed in every language; text that is not a formula stays unchanged", () => {
  const entry = { complexity: 1, loss: 1, score: 0, text: 'M_j / square(r)', latex: '', python: '' }
  const odd = { ...entry, text: 'delta = e, e = sum(M_j' }
  const detail = { messageFront: [entry], nodeFront: [odd], lawFront: [odd] } as unknown as RunDetail
  const { messageFront, nodeFront, lawFront } = inAllLanguages(detail)
  expect(messageFront[0]).toMatchObject({ sympy: 'M_j / r**2', julia: 'M_j / r^2', c: 'M_j / pow(r, 2.0)' })
  expect([nodeFront[0], lawFront[0]]).toEqual([odd, odd])
})
