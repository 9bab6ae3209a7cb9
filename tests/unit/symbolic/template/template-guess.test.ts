import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../../../src-main/random.ts'
import { fitHere } from '../../../../src-main/symbolic/regression/fit-thread.ts'
import { toExpression } from '../../../../src-main/symbolic/language/genome.ts'
import * as s from '../../../../src-main/symbolic/index.ts'
import { readTemplateGuess } from '../../../../src-main/symbolic/template/template-guess.ts'
import { matchTemplate } from '../../../../src-main/symbolic/template/template-match.ts'
import { argumentOf, type Template } from '../../../../src-main/symbolic/template/template.ts'
import { randomTree } from '../../../../src-main/symbolic/search/mutate.ts'
import { vocabularyOf } from '../../../../src-main/symbolic/language/vocabulary.ts'

const names = ['x', 'y', 'r', 'm']

/** The law that parts make of a template. */
function lawOf(template: Template, { functions, constants }: { functions: s.Expression[]; constants: number[] }) {
  const put = (piece: s.Expression): s.Expression =>
    s.mapExpression(piece, (node) => {
      if (node.kind === 'constant' && node.name !== undefined)
        return s.constant(constants[template.constants.indexOf(node.name)])
      if (node.kind !== 'variable' || s.useOf(node.name) < 0) return node
      const { function: at, args } = template.uses[s.useOf(node.name)]
      return s.substitute(functions[at], new Map(args.map((arg, k) => [argumentOf(k), put(arg)])))
    })
  return put(template.skeleton)
}

const rows = 30
const random = new Random(5)
const columns = new Map(names.map((name) => [name, Float64Array.from({ length: rows }, () => 0.5 + random.uniform())]))
const valuesOf = (e: s.Expression): number[] => Array.from(s.evaluate(e, columns, rows))

function expectSame(a: s.Expression, b: s.Expression): void {
  const [one, other] = [valuesOf(a), valuesOf(b)]
  one.forEach((value, i) => {
    if (Number.isFinite(value) || Number.isFinite(other[i]))
      expect(
        Math.abs(value - other[i]) / (1e-9 + Math.abs(value)),
        `${s.printText(a)} | ${s.printText(b)}`
      ).toBeLessThan(1e-6)
  })
}

test.each([
  ['f(r) * g(m) + c', '0.7 + m^1.5 * 3 * exp(-r / 2)', ['exp', '1.5']],
  ['f(r) * g(m) + c', 'm^2 / r^2', ['0 ^ 2', '1 ^ 2']],
  ['f(r) * g(m) + c', '-exp(-r) / m - 2', ['exp', 'm']],
  ['f(x) - f(y)', '1.7 * sin(2.3 * x) - 1.7 * sin(2.3 * y)', ['sin']],
  ['sqrt(f(x) + g(y)) + c', '1 + sqrt(x + 2 * y^2)', []],
  ['f(x / y) * g(m)', 'exp(-x / y) * m', []],
  ['f(x + g(y))', '3 * tanh(x + square(y))', []],
  ['f(x, r) / r^2', 'x * exp(-r) / square(r)', []],
  ['c1 * f(x) + c2', '4 * cos(x)', []],
  ['exp(f(x)) * y', 'y * exp(-x)', []],
  ['2 * f(x) + 1', '6 * sin(x) + 1', []],
  // constants inside a function that is used twice cancel up to rounding, or occur twice
  ['f(x) - f(y)', '0.8776 + x + -0.2875 - (0.8776 + y + -0.2875)', []],
  ['f(x) - f(y)', '0.1 + sin(x) + 0.2 - 0.3 - (0.1 + sin(y) + 0.2 - 0.3)', ['sin']],
  ['f(x) + f(y)', '0.8776 + x + -0.2875 + (0.8776 + y + -0.2875)', ['0.5901']],
  ['f(x) * f(y)', '3 * sin(x) * 1.1 * (3 * sin(y) * 1.1)', ['sin']],
  ['1 / (f(x) * f(y))', '1 / (1.5 * x * (1.5 * y))', []],
  ['if(x > 1, f(r), g(m))', 'if(x > 1, r^2, 3 * m)', []]
] as [string, string, string[]][])('"%s" is seen in %s', (form, law) => {
  const template = s.readTemplate(form, names)
  const parts = matchTemplate(template, s.parse(law))
  expect(parts).not.toBeNull()
  expectSame(lawOf(template, parts!), s.parse(law))
  template.functions.forEach(({ arity }, k) =>
    expect(
      s.variablesOf(parts!.functions[k]).every((name) => [argumentOf(0), argumentOf(1)].slice(0, arity).includes(name))
    ).toBe(true)
  )
})

test('the functions put into a template are found again, up to terms that another function can take', () => {
  const vocabulary = vocabularyOf(['+', '-', '*', '/', 'sin', 'exp', 'square'], 0)
  fc.assert(
    fc.property(
      fc.constantFrom(
        'f(r) * g(m) + c',
        'f(x) - f(y)',
        'f(x, y) * g(r) + h(m)',
        'x * f(r) + g(m) / r^2',
        'exp(f(x)) + g(y)',
        'f(x / y) + g(r)'
      ),
      fc.integer(),
      (form, seed) => {
        const template = s.readTemplate(form, names)
        const random = new Random(seed)
        const functions = template.functions.map(({ arity }) => {
          const args = Array.from({ length: arity }, (_, k) => argumentOf(k))
          return toExpression(randomTree(random, { ...vocabulary, variables: arity }, 1 + random.integer(5)), args)
        })
        // a constant may come from either function
        fc.pre(functions.every((part) => s.variablesOf(part).length > 0))
        const law = lawOf(template, { functions, constants: template.constants.map(() => 1.5) })
        const parts = matchTemplate(template, law)
        expect(parts, s.printText(law)).not.toBeNull()
        expectSame(lawOf(template, parts!), law)
      }
    ),
    { numRuns: 300, examples: [['f(x) - f(y)', -228195899]] }
  )
})

test('a law of another structure does not fit', () => {
  const fits = (form: string, law: string): boolean => matchTemplate(s.readTemplate(form, names), s.parse(law)) !== null
  expect(fits('f(r) * g(m) + c', 'r + m')).toBe(false)
  expect(fits('f(r) * g(m) + c', 'r * m * x')).toBe(false)
  expect(fits('f(x) - f(y)', 'sin(x) - sin(2 * y)')).toBe(false)
  expect(fits('f(x) * r', 'x * m')).toBe(false)
  // long sums are given up on, not thought about for ever
  expect(
    fits('f(x) * f(y) + g(x) * g(y)', Array.from({ length: 30 }, (_, k) => `sin(${k}.5 * x) * y`).join(' + '))
  ).toBe(false)
})

test('a guess gives functions one by one, and mistakes are refused', () => {
  const template = s.readTemplate('f(r) * g(m, x / y) + c', names)
  const read = (text: string): s.Expression => readTemplateGuess(text, template, names)
  const whole = s.parse('exp(-r / 2) * (m + x / y) + 3')
  for (const text of [
    'f = exp(-r / 2), g = m + x / y, c = 3',
    'f(u) = exp(-u / 2); g(a, b) = a + b; c = 3',
    'exp(-r / 2) * (m + x / y) + 3'
  ])
    expectSame(read(text), whole)
  expectSame(read('f(u) = exp(-u / 2), g(a, b) = min(a, b)'), s.parse('exp(-r / 2) * min(m, x / y) + 1'))
  for (const [text, sentence] of [
    [
      'r + m * x',
      /does not match the form "f\(r\) \* g\(m, x \/ y\) \+ c"; give it as "f\(r\) = \.\.\., g\(u, v\) = \.\.\., c = \.\.\."/
    ],
    ['f = r', /does not define g/],
    ['f = m, g(a, b) = a', /f is not written with what the template .* write it as "f\(u\) = \.\.\."/],
    ['f = r, f = r', /defines f twice/],
    ['f(a, b) = a, g(a, b) = b', /f has 2 arguments, and in the template 1/],
    ['f = r, h = 3', /"h = 3" is not part of the template/],
    ['f(u) = z, g(a, b) = a', /there is no "z"/],
    ['f(2) = 3, g(a, b) = a', /is no name for an argument/]
  ] as const)
    expect(() => read(text)).toThrow(sentence)
})

test('a search starts from a guess of its template, and uses one that is added later', async () => {
  const table = new Map<string, ArrayLike<number>>([
    ...columns,
    ['z', valuesOf(s.parse('3.1 * exp(-1.3 * square(r) + 0.4 * r) * (m^1.7 + 0.3) + 0.7'))]
  ])
  const request = {
    columns: table,
    target: 'z',
    template: 'f(r) * g(m) + c',
    operators: ['+', '-', '*', '/', '^', 'exp', 'square'],
    rounds: 1,
    validation: 0
  }
  const guess = 'f(r) = 3 * exp(-1.2 * square(r) + 0.5 * r), g(m) = m^1.6 + 0.2, c = 0.5'
  const guided = await fitHere({ ...request, guesses: [guess] }, { seed: 1, threads: 1 })
  expect(guided.front.at(-1)!.loss).toBeLessThan(1e-12)
  const variables = ['r', 'm'].map((name) => ({ name, values: columns.get(name)! }))
  const template = s.readTemplate(request.template, ['r', 'm'])
  const control = new s.SearchControl<s.Expression>()
  control.inject(readTemplateGuess(guess, template, ['r', 'm']))
  const { front } = await s.searchSymbolic(
    { variables, target: Float64Array.from(table.get('z')!), template },
    { rounds: 2, operators: ['+', '-', '*', '/', '^', 'exp', 'square'], populationSize: 30, offspringPerRound: 20 },
    { control, threads: 1, seed: 1 }
  )
  expect(front.at(-1)!.loss).toBeLessThan(1e-12)
})
