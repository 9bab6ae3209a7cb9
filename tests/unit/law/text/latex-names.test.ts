import fc from 'fast-check'
import katex from 'katex'
import { expect, test } from 'vitest'
import { describeLaw } from '../../../../src-main/law/text/describe-law.ts'
import { lawOf } from '../../../../src-main/law/graph-law.ts'
import * as s from '../../../../src-main/symbolic/index.ts'

/** @param unmeasured what to do about letters that KaTeX draws without knowing their size */
const typeset = (latex: string, unmeasured: 'error' | 'ignore' = 'error'): string =>
  katex.renderToString(latex, { displayMode: true, throwOnError: true, strict: unmeasured })

test.each([
  ['M_i', 'M_{i}'],
  ['C12', 'C_{12}'],
  ['sigma_8', '\\sigma_{8}'],
  ['Ω_m', '\\Omega_{m}'],
  ['λ', '\\lambda'],
  ['µ', '\\mu'],
  ['rho_crit', '\\rho_{\\mathrm{crit}}'],
  ['v_r_max', 'v_{\\text{r\\_max}}'],
  ['2d', '\\mathrm{2d}'],
  ['100', '100'],
  ['f_%', 'f_{\\text{\\%}}'],
  ['Mass [Msun/h]', '\\text{Mass [Msun/h]}'],
  ['λ_1 µ', '\\lambda_{\\text{1 $\\mu$}}'],
  ['Größe', '\\text{Größe}'],
  ['質量', '\\text{質量}'],
  ['a\\b^c~d', '\\text{a b c d}'],
  ['$x$ & {y} #1', '\\text{\\$x\\$ \\& \\{y\\} \\#1}']
])('%s is written %s', (name, latex) => {
  expect(s.latexName(name)).toBe(latex)
  typeset(latex)
})

test('a table of formulas can be typeset with any column names', () => {
  const names = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({ unit: fc.constantFrom(...'_%^~\\{}$&#λΩ1x. '), minLength: 1 })
  )
  fc.assert(
    fc.property(names, names, (a, b) => {
      const e = s.parse('x^2 / sin(y) + if(x > y, -x, 1e-9 * y)')
      const named = s.substitute(e, new Map([a, b].map((name, k) => [k === 0 ? 'x' : 'y', s.variable(name)])))
      typeset(s.printLatex(named), 'ignore')
      fc.pre(!/[`\p{C}]/u.test(a + b))
      const entry = { complexity: 3, loss: 1e-12, score: 0.1, text: s.printText(named), latex: '', python: '' }
      const file = s.exporterFor('front.tex')({ target: a, front: [entry, entry], best: entry })
      typeset(file.slice(file.indexOf('\\[') + 2, file.lastIndexOf('\\]')), 'ignore')
    }),
    { numRuns: 300 }
  )
})

test('a law on the graph is typeset', () => {
  const constants = { C1: -0.4, C2: 3e-12, C3: -0.1 }
  for (const [messages, node] of [
    [['M_j * (r / C2)^C3', 'if(r > 8, cos_i, v_r)'], 'C1 - e1 / (C2 + -C3 * M_i) + tanh(e2)^2'],
    [['-M_j - r'], '-(e + v_i) * C2']
  ] as const)
    typeset(describeLaw(lawOf(messages, node, constants), 50, null).latex)
})
