import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Method, Params, RunConfig } from '../../../src-shared/contract.ts'
import { HalolawError } from '../../../src-shared/errors.ts'
import { checkParams, checkRunConfig, isMethod } from '../../../src-main/service/params.ts'
import { runConfig } from '../../fixtures/run-config.ts'

const fullConfig: Required<RunConfig> = {
  ...runConfig({
    map: { mass: 'M200c:1e10Msun/h' },
    boxSize: 500,
    ood: 'delta > 1',
    test: 'x > 400',
    features: ['mass']
  }),
  messages: 'l1:0.01',
  seeds: 2,
  ablate: 'quick',
  schedule: 'cosine',
  template: 'g(M_i, sum(f(r, M_j)))',
  maxComplexity: 40
}
const split = { target: 'Delta20', ood: 'delta > 1', test: 'x > 400', seed: 1 }
const one = { id: 'r1' }

/** Good parameters of every method, each with all members that it may have. */
const good: { [M in Method]: Required<Params<M>> } = {
  'app.info': {},
  'app.ping': {},
  'app.status': {},
  'files.list': { path: '/catalogs' },
  'files.recent': {},
  'project.current': {},
  'project.new': {},
  'project.open': { path: '/a.halolaw' },
  'project.saveAs': { path: '/a.halolaw', catalogs: 'copy' },
  'catalog.open': { path: '/a.h5', map: { mass: 'M200c' }, boxSize: 500, project: 'new' },
  'catalog.locate': { id: '0123456789abcdef', path: '/b.h5' },
  'catalog.cancel': {},
  'catalog.columns': { columns: ['x', '@set:r1'] },
  'catalog.row': { halo: 3, columns: ['x'] },
  'graph.neighbours': { halo: 3, radius: 50 },
  'graph.statistics': { radius: 50 },
  'split.preview': split,
  'split.sets': split,
  'mask.evaluate': { expression: 'delta > 1', target: 'Delta20' },
  'mask.save': { id: 'm1', name: 'Dense', role: 'ood', expression: 'delta > 1', color: 'red' },
  'mask.delete': one,
  'run.defaults': {},
  'run.start': { config: fullConfig, name: 'First' },
  'run.cancel': one,
  'run.pause': one,
  'run.resume': one,
  'run.delete': one,
  'run.list': {},
  'run.get': one,
  'search.check': { id: 'r1', formula: 'M_j / r' },
  'search.inject': { id: 'r1', formula: 'M_j / r' },
  'search.weights': { id: 'r1', weights: { operators: { '+': 1, exp: 4 }, variable: 1, constant: 2 } },
  'law.measure': { id: 'r1', formula: 'M_j / r' },
  'law.cancel': {},
  'law.forget': { id: 'r1', law: 'law-1' },
  'laws.list': { id: 'r1', where: 'has tanh', top: 200, order: { by: 'test', direction: 'descending' } }
}
const methods = Object.keys(good).filter(isMethod)

const mayBeMissing = new Set([
  'catalog.open map',
  'project.saveAs catalogs',
  'catalog.open boxSize',
  'catalog.open project',
  'catalog.row columns',
  'mask.save id',
  'mask.save color',
  'run.start name',
  'laws.list order',
  ...['messages', 'schedule', 'seeds', 'ablate', 'template', 'maxComplexity'].map((name) => `run.start config.${name}`)
])
const mayBeNull = new Set([
  'files.list path',
  'catalog.open boxSize',
  'laws.list where',
  ...['boxSize', 'ood', 'test', 'features', 'messages', 'template'].map((name) => `run.start config.${name}`),
  ...['split.preview', 'split.sets'].flatMap((method) => [`${method} ood`, `${method} test`])
])
/** Members of a free name, and elements of lists: fewer of them are as good. */
const isFree = (place: string): boolean => /(map|operators|columns|features)\.[^.]+$/.test(place)

type Path = readonly string[]
/** Every place in a value, its own (the empty path) among them. */
function placesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, member]) => placesOf(member, [...path, key]))]
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value)
}

/** A copy with another value at a place; undefined removes the member. */
function changed(value: unknown, path: Path, put: unknown): unknown {
  if (path.length === 0) return put
  const [key, ...rest] = path
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }
  const inner = changed(at(value, [key]), rest, put)
  if (inner === undefined) Reflect.deleteProperty(copy, key)
  else Reflect.set(copy, key, inner)
  return copy
}

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value)

function expectRefused(method: Method, params: unknown, what: string): void {
  let refusal: unknown = null
  try {
    checkParams(method, params)
  } catch (error) {
    refusal = error
  }
  expect(refusal, `${method} takes ${what}`).toBeInstanceOf(HalolawError)
  const { code, message } = refusal as HalolawError
  expect(code).toBe('bad-input')
  expect(message).toMatch(/^[a-z]+\.[a-zA-Z]+: ".*" is wrong \(.+\)\.$/)
  expect(message.startsWith(`${method}: `)).toBe(true)
}

describe.each(methods)('parameters of %s', (method) => {
  const params: unknown = good[method]
  const places = placesOf(params)
  const wrongValues = [3, 'text', true, null, [3], ['text'], { more: 1 }]

  test('valid ones are accepted unchanged', () => expect(checkParams(method, params)).toEqual(params))

  test('a value of another kind is refused at every place', () => {
    for (const path of places)
      for (const wrong of wrongValues) {
        const place = `${method} ${path.join('.')}`
        if (kindOf(wrong) === kindOf(at(params, path))) continue
        if (wrong === null && mayBeNull.has(place))
          expect(() => checkParams(method, changed(params, path, null))).not.toThrow()
        else expectRefused(method, changed(params, path, wrong), `${JSON.stringify(wrong)} at "${path.join('.')}"`)
      }
  })

  test('a missing member is refused unless it may be left out', () => {
    for (const path of places.filter(({ length }) => length > 0)) {
      const place = `${method} ${path.join('.')}`
      if (Array.isArray(at(params, path.slice(0, -1)))) continue
      const without = changed(params, path, undefined)
      if (mayBeMissing.has(place) || isFree(place)) expect(() => checkParams(method, without), place).not.toThrow()
      else expectRefused(method, without, `no "${path.join('.')}"`)
    }
  })

  test('a member that the contract does not have is refused at every level', () => {
    for (const path of places) {
      if (kindOf(at(params, path)) !== 'object') continue
      // Names of columns and operators are free; what is refused there is a value of the wrong kind, or an unknown operator.
      const extra = /(^|\.)(map|operators)$/.test(path.join('.')) ? { nonsense: {} } : { nonsense: 1 }
      const inner = { ...(at(params, path) as object), ...extra }
      expectRefused(method, changed(params, path, inner), `an extra member of "${path.join('.')}"`)
    }
  })

  test('parameters of any other kind are refused', () => {
    const required = Object.keys(params as object).filter((key) => !mayBeMissing.has(`${method} ${key}`))
    const isEmpty = (value: unknown): boolean => kindOf(value) === 'object' && Object.keys(value as object).length === 0
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        fc.pre(required.length > 0 || !isEmpty(anything))
        fc.pre(
          required.length === 0 ||
            !required.every((key) => kindOf(anything) === 'object' && key in (anything as object))
        )
        expectRefused(method, anything, 'anything')
      })
    )
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.anything(), (path, anything) => {
        fc.pre(kindOf(anything) !== kindOf(at(params, path)) && anything !== undefined)
        fc.pre(anything !== null || !mayBeNull.has(`${method} ${path.join('.')}`))
        expectRefused(method, changed(params, path, anything), `anything at "${path.join('.')}"`)
      })
    )
  })
})

test('numbers and words outside their range are refused', () => {
  const wrong: [Method, Path, unknown[]][] = [
    ['files.list', ['path'], ['', 'a'.repeat(4097)]],
    [
      'catalog.open',
      ['boxSize'],
      [0, -1, NaN, Infinity, [1, 2], [1, 2, 3, 4], [1, 2, 0], [1, NaN, 3], ['1', 2, 3], []]
    ],
    ['catalog.columns', ['columns'], [['']]],
    ['catalog.row', ['halo'], [-1, 1.5, NaN, 2 ** 53]],
    ['graph.neighbours', ['halo'], [-1, 1.5, NaN]],
    ['graph.statistics', ['radius'], [0, -1, NaN, Infinity]],
    ['split.preview', ['seed'], [-1, 1.5, 2 ** 32]],
    ['mask.save', ['role'], ['train']],
    ['run.start', ['name'], ['']],
    ['run.start', ['config', 'threads'], [0, 1025, 1.5]],
    ['run.start', ['config', 'seeds'], [0, 101]],
    ['run.start', ['config', 'maxComplexity'], [2, 201, 22.5]],
    ['search.weights', ['weights', 'operators'], [{ '+': 0 }, { '+': 21 }, { '+': 1.5 }]],
    ['search.weights', ['weights', 'variable'], [0, 21]],
    ['law.forget', ['law'], ['law-', 'law-x', 'formula', 'law-1 ']],
    ['laws.list', ['where'], ['a'.repeat(2001)]],
    ['laws.list', ['top'], [0, 1.5, 10_001, Infinity]],
    ['laws.list', ['order', 'by'], ['text', 'mae']]
  ]
  for (const [method, path, values] of wrong)
    for (const value of values) expectRefused(method, changed(good[method], path, value), String(value))
})

test('a run configuration is checked in the same way', () => {
  expect(checkRunConfig(runConfig())).toEqual(runConfig())
  expect(checkRunConfig(fullConfig)).toEqual(fullConfig)
  for (const wrong of [
    { radius: -1 },
    { radius: NaN },
    { seed: 1.5 },
    { threads: 0 },
    { preset: 'slow' },
    { more: 1 },
    { messages: 'l2' }
  ])
    expect(() => checkRunConfig({ ...runConfig(), ...wrong })).toThrow(/^Run: ".*" is wrong/)
})

test('a box is one side or three, and three equal sides are one', () => {
  const opened = (boxSize: unknown): unknown => checkParams('catalog.open', { path: '/a.h5', boxSize }).boxSize
  expect(opened([100, 100, 200])).toEqual([100, 100, 200])
  expect(opened([100, 100, 100])).toBe(100)
  expect(opened(100)).toBe(100)
  expect(opened(null)).toBeNull()
  expect(() => opened([100, 200])).toThrow('or three for the sides along x, y and z')
})
