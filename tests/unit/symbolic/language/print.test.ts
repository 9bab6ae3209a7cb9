import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as s from '../../../../src-main/symbolic/index.ts'
import { needs } from '../../../fixtures/needs.ts'
import { aSympyPython, sympyPython } from '../../../fixtures/python.ts'
import { comparedColumns, expectSameValues } from '../../../fixtures/same-values.ts'
import { anyExpression, nonZeroExpression } from '../../../fixtures/expressions.ts'

test('C compiles and gives the same values', () => {
  const expressions = [...fc.sample(nonZeroExpression, { numRuns: 300, seed: 11 }), s.parse('-(-x) - -y + erf(x)')]
  const source = [
    '#include <math.h>',
    '#include <stdio.h>',
    ...expressions.map((e, k) => `static double f${k}(double x, double y, double M_i) { return ${s.printC(e)}; }`),
    'int main(void) {',
    ...[0, 1, 2].map((i) => {
      const at = [...comparedColumns.values()].map((values) => values[i]).join(', ')
      return expressions.map((_, k) => `  printf("%.17g\\n", f${k}(${at}));`).join('\n')
    }),
    '  return 0;',
    '}'
  ].join('\n')
  const folder = mkdtempSync(join(tmpdir(), 'halolaw-c-'))
  try {
    const file = join(folder, 'laws.c')
    writeFileSync(file, source)
    execFileSync(process.env.CC ?? 'cc', ['-O0', '-std=c99', '-w', file, '-o', join(folder, 'laws'), '-lm'])
    const lines = execFileSync(join(folder, 'laws'), { encoding: 'utf8' }).trim().split('\n').map(Number)
    const rows = expressions.map((_, k) => [0, 1, 2].map((i) => lines[i * expressions.length + k]))
    const finite = rows.map((row) => row.map((v) => (Number.isFinite(v) ? v : null)))
    expect(expectSameValues(expressions, finite)).toBeGreaterThan(200)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

needs(sympyPython !== undefined, aSympyPython)(
  'SymPy gives the same values',
  () => {
    // functions of plain numbers that have no real value stop SymPy, which is no matter of how they are printed
    const expressions = fc.sample(nonZeroExpression, { numRuns: 150, seed: 5 }).map((e) => s.simplify(e))
    const script = [
      'import sympy as sp, math, json',
      `x, y, M_i = sp.symbols('x y M_i', real=True)`,
      `rows = [${[0, 1, 2].map((i) => `{${[...comparedColumns].map(([name, values]) => `${name}: ${values[i]}`).join(', ')}}`).join(', ')}]`,
      'def at(make):',
      '    try:',
      '        e = sp.sympify(make())',
      '        values = [complex(e.subs(row).evalf()) for row in rows]',
      '    except (TypeError, ValueError, ZeroDivisionError, OverflowError):',
      '        return [None] * 3',
      '    return [v.real if v.imag == 0 and math.isfinite(v.real) else None for v in values]',
      `makers = [${expressions.map((e) => `lambda: ${s.printSympy(e)}`).join(',\n')}]`,
      'print(json.dumps([at(make) for make in makers]))'
    ].join('\n')
    const rows = JSON.parse(execFileSync(sympyPython!, ['-c', script], { encoding: 'utf8' })) as (number | null)[][]
    expect(expectSameValues(expressions, rows)).toBeGreaterThan(100)
  },
  60_000
)

test('Julia output follows the grammar of Julia', () => {
  const known = new Set(
    'abs acos asin atan clamp cos erf exp ifelse log log10 max min sin sqrt tan tanh Inf NaN'.split(' ')
  )
  const token =
    /\s*(?:(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<mark>>=|<=|==|!=|[-+*/^<>(),&|!]))/uy
  fc.assert(
    fc.property(anyExpression, (e) => {
      const text = s.printJulia(e)
      const names = new Set([...s.juliaNames(s.variablesOf(e)).values()])
      let [before, depth] = ['', 0]
      for (token.lastIndex = 0; token.lastIndex < text.trimEnd().length;) {
        const groups = token.exec(text)?.groups
        if (!groups) throw new Error(`not Julia at ${token.lastIndex}: ${text}`)
        const { number, name, mark } = groups
        if (mark === '(') depth++
        if (mark === ')') depth--
        expect(depth).toBeGreaterThanOrEqual(0)
        if (name) expect(known.has(name) || names.has(name), `${name} in ${text}`).toBe(true)
        // a whole number overflows unless it is an exponent
        if (number && !/[.e]/.test(number)) expect(before === '^' || before === '-', text).toBe(true)
        before = number ?? name ?? mark
      }
      expect(depth).toBe(0)
      expect(text).not.toContain('--')
    }),
    { numRuns: 300 }
  )
  expect(s.printJulia(s.parse('2 * x ^ -3 + -x ^ 0.5 * (x > 1 and not y < 2)'))).toBe(
    '2.0 * x^(-3) - x^0.5 * ifelse(((x > 1.0) & (!(y < 2.0))), 1.0, 0.0)'
  )
})

test('names that a language does not allow are replaced, each by a different one', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('pow', 'x', 'x_2', 'λ', 'end', 'int'))), (names) => {
      for (const [given, shape] of [
        [s.cNames(names), /^[A-Za-z_][A-Za-z0-9_]*$/],
        [s.juliaNames(names), /^[\p{L}_][\p{L}0-9_]*$/u]
      ] as const) {
        const words = [...new Set(names)].map((name) => given.get(name)!)
        expect(new Set(words).size).toBe(words.length)
        for (const word of words) expect(word).toMatch(shape)
      }
    })
  )
  expect([...s.cNames(['Mass [Msun]', 'x', 'exp', '2d', 'λ']).values()]).toEqual([
    'Mass_Msun',
    'x',
    'exp_',
    'x_2d',
    'x_'
  ])
  expect(s.juliaNames(['λ', 'end']).get('λ')).toBe('λ')
  expect(s.printSympy(s.parse('`Mass [Msun]` != 2'))).toBe(
    'sp.Piecewise((1, sp.Ne(sp.Symbol("Mass [Msun]", real=True), 2)), (0, True))'
  )
})
