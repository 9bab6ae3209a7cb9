import * as v from 'valibot'
import type { LawId, Method, Params, RunConfig } from '../../src-shared/contract.ts'
import { badInput, HalolawError } from '../../src-shared/errors.ts'
import { operatorNames } from '../symbolic/index.ts'
import { strategyGrammar, strategyOf } from '../gnn/index.ts'

const path = v.pipe(v.string(), v.nonEmpty('a path is needed'), v.maxLength(4096))
const expression = v.pipe(v.string(), v.maxLength(20_000))
const name = v.pipe(v.string(), v.nonEmpty('a name is needed'), v.maxLength(200))
const id = v.pipe(v.string(), v.maxLength(200))
const map = v.record(v.pipe(v.string(), v.maxLength(200)), v.pipe(v.string(), v.maxLength(1000)))
const length = v.pipe(v.number(), v.finite(), v.gtValue(0, 'a positive number of Mpc/h is needed'))
const role = v.picklist(['ood', 'test'])
const halo = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const columns = v.pipe(v.array(name), v.maxLength(1000))
const seed = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 32 - 1))
const none = v.strictObject({})
const one = v.strictObject({ id })

/** Whole, because formulas are sorted by their complexity, and at least 1, because what costs nothing grows without end. */
const weight = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(20))

const runConfig: v.GenericSchema<unknown, RunConfig> = v.strictObject({
  catalog: path,
  map,
  boxSize: v.nullable(length),
  target: name,
  radius: length,
  ood: v.nullable(expression),
  test: v.nullable(expression),
  preset: v.picklist(['quick', 'standard', 'paper']),
  features: v.nullable(v.pipe(v.array(name), v.maxLength(200))),
  engine: v.picklist(['auto', 'cpu', 'webgpu', 'tensorflow']),
  messages: v.optional(
    v.nullable(
      v.pipe(
        v.string(),
        v.check((text) => strategyOf(text) !== null, strategyGrammar)
      )
    )
  ),
  seeds: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(100))),
  ablate: v.optional(v.picklist(['quick', 'standard', 'paper'])),
  schedule: v.optional(v.picklist(['constant', 'cosine', 'one-cycle', 'plateau'])),
  template: v.optional(v.nullable(expression)),
  seed,
  threads: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1024))
})

const split = v.strictObject({ target: name, ood: v.nullable(expression), test: v.nullable(expression), seed })

const schemas: { [M in Method]: v.GenericSchema<unknown, Params<M>> } = {
  'app.info': none,
  'app.ping': none,
  'app.status': none,
  'files.list': v.strictObject({ path: v.nullable(path) }),
  'files.recent': none,
  'project.current': none,
  'project.new': none,
  'project.open': v.strictObject({ path }),
  'project.saveAs': v.strictObject({ path }),
  'catalog.open': v.strictObject({ path, map: v.optional(map), boxSize: v.optional(v.nullable(length)) }),
  'catalog.columns': v.strictObject({ columns }),
  'catalog.row': v.strictObject({ halo, columns: v.optional(columns) }),
  'graph.neighbours': v.strictObject({ halo, radius: length }),
  'graph.statistics': v.strictObject({ radius: length }),
  'split.preview': split,
  'split.sets': split,
  'mask.evaluate': v.strictObject({ expression, target: name }),
  'mask.save': v.strictObject({ id: v.optional(id), name, role, expression, color: v.optional(name) }),
  'mask.delete': one,
  'run.defaults': none,
  'run.start': v.strictObject({ config: runConfig, name: v.optional(name) }),
  'run.cancel': one,
  'run.pause': one,
  'run.resume': one,
  'run.delete': one,
  'search.check': v.strictObject({ id, formula: expression }),
  'search.inject': v.strictObject({ id, formula: expression }),
  'search.weights': v.strictObject({
    id,
    weights: v.strictObject({
      operators: v.record(v.picklist(operatorNames), weight),
      variable: weight,
      constant: weight
    })
  }),
  'law.measure': v.strictObject({ id, formula: expression }),
  'law.cancel': none,
  'law.forget': v.strictObject({
    id,
    law: v.pipe(
      v.string(),
      v.custom<LawId>((value) => /^law-\d{1,9}$/.test(String(value)), 'law-1, law-2, ... is needed')
    )
  }),
  'run.list': none,
  'run.get': one
}

export function isMethod(method: string): method is Method {
  return Object.hasOwn(schemas, method)
}

/** @throws HalolawError `bad-input`: which parameter of which method is wrong, and what was expected. */
export function checkParams<M extends Method>(method: M, params: unknown): Params<M> {
  const checked = v.safeParse(schemas[method], params)
  if (checked.success) return checked.output
  throw badInput(`${method}: ${describe(checked.issues[0])}`)
}

/** @throws HalolawError `bad-input` */
export function checkRunConfig(config: unknown): RunConfig {
  const checked = v.safeParse(runConfig, config)
  if (checked.success) return checked.output
  throw new HalolawError('bad-input', `Run: ${describe(checked.issues[0])}`)
}

function describe(issue: v.BaseIssue<unknown>): string {
  const where = v.getDotPath(issue) ?? 'the parameters'
  return `"${where}" is wrong (${issue.message}).`
}
