import katex from 'katex'
import { expect, test } from 'vitest'
import { readComplexity } from '../../../../src-main/symbolic/language/complexity-weights.ts'
import { fromExpression } from '../../../../src-main/symbolic/language/genome.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { fitsUnits } from '../../../../src-main/symbolic/constraints/units.ts'
import { operatorRows } from '../../../fixtures/operator-rows.ts'

const names = ['x', 'y', 'z']
const samples = [
  [0.6, 1.7, 2.2],
  [0.8, 0.3, -1.1],
  [0.35, 0.35, 0.2]
]

test('every operator has a row', () => {
  expect(Object.keys(operatorRows).sort()).toEqual([...s.operatorNames].sort())
})

test.each(Object.entries(operatorRows))(
  '%s is read, evaluated, differentiated, printed, and knows units and costs',
  (op, row) => {
    const e = s.parse(row.text)
    expect(e).toEqual(s.call(op as s.Operator, ...names.slice(0, s.operators[op as s.Operator]).map(s.variable)))
    expect(s.printText(e)).toBe(row.text)
    expect(s.printLatex(e)).toBe(row.latex)
    expect(() => katex.renderToString(row.latex, { throwOnError: true, strict: 'error' })).not.toThrow()
    expect(s.printNumpy(e)).toBe(row.numpy)
    expect(s.printSympy(e)).toBe(row.sympy)
    expect(s.printJulia(e)).toBe(row.julia)
    expect(s.printC(e)).toBe(row.c)

    const evaluators = [
      (columns: Float64Array[]) =>
        s.evaluate(e, new Map(names.map((name, k) => [name, columns[k]])), columns[0].length),
      (columns: Float64Array[]) => s.evaluateProgram(s.compile(e, names), columns, columns[0].length),
      (columns: Float64Array[]) => s.jacobianProgram(s.compile(e, names), columns, columns[0].length).values
    ]
    const columns = names.map((_, k) => Float64Array.from(samples, (sample) => sample[k]))
    for (const evaluator of evaluators) {
      evaluator(columns).forEach((value, i) => {
        const [x, y, z] = samples[i]
        expect(Math.abs(value - row.value(x, y, z))).toBeLessThan(1e-12)
      })
      // a row out of the domain rejects a formula: it has no finite value, and no other row loses its own
      if (!row.outside) continue
      const [first, second] = row.outside
      const out = evaluator([Float64Array.of(first, 0.6), Float64Array.of(second, 1.7), Float64Array.of(1, 2.2)])
      expect(out[0]).not.toSatisfy(Number.isFinite)
      expect(Math.abs(out[1] - row.value(0.6, 1.7, 2.2))).toBeLessThan(1e-12)
    }

    // both derivatives against differences, away from edges
    const jacobian = s.jacobianProgram(s.compile(e, names), columns, samples.length)
    const isEdge = (i: number): boolean => i === 2
    names.forEach((name, k) => {
      const plain = s.evaluate(s.differentiate(e, name), new Map(names.map((n, c) => [n, columns[c]])), samples.length)
      samples.forEach((sample, i) => {
        if (isEdge(i)) return
        const h = 1e-6
        const at = (d: number): number => {
          const [x, y, z] = sample.map((value, c) => (c === k ? value + d : value))
          return row.value(x, y, z)
        }
        const slope = (at(h) - at(-h)) / (2 * h)
        expect(Math.abs(plain[i] - slope), `d/d${name}`).toBeLessThan(1e-7 * (1 + Math.abs(slope)))
        const native = jacobian.byVariable[k]?.[i] ?? 0
        expect(Math.abs(native - slope), `native d/d${name}`).toBeLessThan(1e-7 * (1 + Math.abs(slope)))
      })
    })

    const of = ['a', 'b', 't']
    const system = s.readUnits({ a: 'm', b: 'm', t: 's', target: '1' }, of, 'target')
    const fits = (text: string): boolean => fitsUnits(fromExpression(s.parse(text), of), system, 'any')
    expect(fits(row.units[0])).toBe(true)
    if (row.units[1] !== null) expect(fits(row.units[1])).toBe(false)

    const leaves = s.operators[op as s.Operator]
    expect(s.complexity(e, readComplexity(`${op}:7`, names))).toBe(7 + leaves)
    const dear = ['^', 'exp', 'log', 'if'].includes(op)
    expect(s.complexity(e, readComplexity('paper', names))).toBe((dear ? 3 : 1) + leaves)
  }
)
