import katex from 'katex'
import { expect, test } from 'vitest'
import { lawWriterFor, type RunLaws } from '../../../../src-main/law/text/law-files.ts'
import { describeLaw, describeFront } from '../../../../src-main/law/text/describe-law.ts'
import { parse } from '../../../../src-main/symbolic/index.ts'

const formula = {
  messages: [parse('(M_j + 0.29) / (257.3 + (0.07 * r) ^ 16.5)')],
  node: parse('(M_i + 13.3) * e1 + -0.41')
}
const simple = { messages: [parse('r')], node: parse('1.2e-9 * e1') }
const laws: RunLaws = {
  target: 'Delta20',
  best: describeLaw(formula, 50, 500),
  constants: [
    { name: 'C1', value: 13.3, standardError: 0.29 },
    { name: 'C2', value: 1.2e-9, standardError: null }
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
  const equation = /\\begin\{equation\}([\s\S]*)\\end\{equation\}/.exec(text)![1]
  const inline = [...text.matchAll(/\$([^$]+)\$/g)].map(([, math]) => math)
  expect(inline).toHaveLength(8)
  for (const math of [equation, ...inline])
    expect(() => katex.renderToString(math, { throwOnError: true })).not.toThrow()
  expect(inline).toContain('1.2 \\cdot 10^{-9}')
  expect(inline).toContain('13.3 \\pm 0.29')
})

test('JSON and Python contain the law, text every law of the front', () => {
  expect(JSON.parse(lawWriterFor('LAW.JSON')(laws))).toMatchObject({
    target: 'Delta20',
    best: laws.best,
    laws: laws.laws
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
  const { julia: _, ...old } = laws.best
  expect(() => lawWriterFor('law.jl')({ ...laws, best: old })).toThrow('run it again')
  expect(() => lawWriterFor('law.docx')).toThrow('stands for no format; use .json, .tex, .sympy.py, .py, .jl, .c, .txt')
})
