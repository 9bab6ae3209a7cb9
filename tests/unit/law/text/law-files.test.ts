import katex from 'katex'
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { lawWriterFor, type RunLaws } from '../../../../src-main/law/text/law-files.ts'
import { describeLaw, describeFront } from '../../../../src-main/law/text/describe-law.ts'
import { parse } from '../../../../src-main/symbolic/index.ts'
import { needs } from '../../../fixtures/needs.ts'
import { aNumpyPython, numpyPython } from '../../../fixtures/python.ts'

const formula = {
  messages: [parse('(M_j + 0.29) / (257.3 + (0.07 * r) ^ 16.5)')],
  node: parse('(M_i + 13.3) * e1 + -0.41')
}
const short = { messages: [parse('M_j + 0.5')], node: parse('0.1 * e1') }
const simple = { messages: [parse('r')], node: parse('1.2e-9 * e1') }
const laws: RunLaws = {
  target: 'Delta20',
  best: describeLaw(formula, 50, 500),
  constants: [
    { name: 'C1', value: 13.3, standardError: 0.29 },
    { name: 'C2', value: 1.2e-9, standardError: null }
  ],
  reported: [
    {
      id: 'formula-short',
      complexity: 8,
      notes: ['Of 3 laws the one within 2 % of the best.'],
      formula: describeLaw(short, 50, 500),
      constants: [{ name: 'C1', value: 0.5, standardError: 0.01 }]
    },
    { id: 'formula', complexity: 20, notes: [], formula: describeLaw(formula, 50, 500), constants: [] },
    // The best law is the chosen one here.
    { id: 'formula-best', complexity: 20, notes: [], formula: describeLaw(formula, 50, 500), constants: [] }
  ],
  laws: describeFront(
    [
      { formula: simple, complexity: 4, trainMae: 0.27 },
      { formula, complexity: 20, trainMae: 0.059 }
    ],
    50,
    500
  ),
  message: [],
  node: []
}

test('every equation of the LaTeX file can be typeset', () => {
  const text = lawWriterFor('law.tex')(laws)
  const equations = [...text.matchAll(/\\begin\{equation\}([\s\S]*?)\\end\{equation\}/g)].map(([, math]) => math)
  expect(equations).toHaveLength(2)
  const inline = [...text.matchAll(/\$([^$]+)\$/g)].map(([, math]) => math)
  expect(inline).toHaveLength(10)
  for (const math of [...equations, ...inline])
    expect(() => katex.renderToString(math, { throwOnError: true })).not.toThrow()
  expect(inline).toContain('1.2 \\cdot 10^{-9}')
  expect(inline).toContain('13.3 \\pm 0.29')
  expect(text).toContain('\\paragraph{Short law, complexity 8. Of 3 laws the one within 2 \\% of the best.}')
})

test('JSON and Python contain the law, text every law of the front', () => {
  expect(JSON.parse(lawWriterFor('LAW.JSON')(laws))).toMatchObject({
    target: 'Delta20',
    best: laws.best,
    laws: laws.laws,
    reported: [{ id: 'formula-short', complexity: 8 }, { id: 'formula' }, { id: 'formula-best' }]
  })
  const python = lawWriterFor('law.py')({ ...laws, target: 'a\nimport os' })
  expect(python).toContain(laws.best.python.trimEnd())
  expect(python.split('\n')[0]).toBe('# Law for a import os, found by Halolaw.')
  const text = lawWriterFor('law.txt')(laws)
  for (const law of laws.laws) expect(text).toContain(law.text)
  const inC = lawWriterFor('law.c')({ ...laws, target: 'a\\' })
  expect(inC.split('\n')[0]).toBe('// Law for a , found by Halolaw.')
  expect(inC).toContain(laws.best.c!.trimEnd())
  expect(lawWriterFor('law.sympy.py')(laws)).toContain(laws.best.sympy!.trimEnd())
  expect(lawWriterFor('law.jl')(laws)).toContain(laws.best.julia!.trimEnd())
  expect(text).toContain(
    `Short law, complexity 8. Of 3 laws the one within 2 % of the best.\n\n${laws.reported[0].formula.text}`
  )
  const { julia: _, ...old } = laws.best
  expect(() => lawWriterFor('law.jl')({ ...laws, best: old })).toThrow('run it again')
  expect(() => lawWriterFor('law.docx')).toThrow('stands for no format; use .json, .tex, .sympy.py, .py, .jl, .c, .txt')
})

test('programs define every reported law once, under a name of its own', () => {
  const definitions = (ending: string, pattern: RegExp) =>
    [...lawWriterFor(`law${ending}`)(laws).matchAll(pattern)].map(([, name]) => name)
  const names = ['overdensity', 'overdensity_short']
  expect(definitions('.py', /^def (\w+)/gm)).toEqual(names)
  expect(definitions('.jl', /^function (\w+)/gm)).toEqual(names)
  expect(definitions('.c', /^void (\w+)/gm)).toEqual(names)
  expect(definitions('.sympy.py', /^(delta\w*) = /gm)).toEqual(['delta', 'delta_short'])
  // An earlier version reported one law.
  expect(lawWriterFor('law.py')({ ...laws, reported: [] })).not.toContain('overdensity_')
})

needs(numpyPython !== undefined, aNumpyPython)('both laws of the Python file compute what they say', () => {
  const program = `${lawWriterFor('law.py')(laws)}
position, mass = [[0, 0, 0], [3, 4, 0]], [2e14, 1e14]
print(*overdensity(position, mass), *overdensity_short(position, mass))`
  const [first, second, ...ofShort] = execFileSync(numpyPython!, ['-c', program], { encoding: 'utf8' })
    .split(/\s+/)
    .map(Number)
  const window = 257.3 + (0.07 * 5) ** 16.5
  expect(first).toBeCloseTo((2 + 13.3) * ((1 + 0.29) / window) - 0.41, 10)
  expect(second).toBeCloseTo((1 + 13.3) * ((2 + 0.29) / window) - 0.41, 10)
  expect(ofShort.slice(0, 2)).toEqual([0.1 * 1.5, 0.1 * 2.5])
})
