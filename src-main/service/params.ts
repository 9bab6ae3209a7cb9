import * as v from 'valibot'
import { boxOf } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import type { LawId, Method, Params, RunConfig } from '../../src-shared/contract.ts'
import { complexityLimits } from '../../src-shared/complexity.ts'
import { badInput, HalolawError } from '../../src-shared/errors.ts'
import { operatorNames } from '../symbolic/index.ts'
import { strategyGrammar, strategyOf } from '../gnn/index.ts'

/** Valibot accepts an array as an object; these two do not. */
const plain = v.pipe(
  v.unknown(),
  v.check((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'an object is needed')
)
const object = <E extends v.ObjectEntries>(entries: E) => v.pipe(plain, v.strictObject(entries))
const record = <K extends v.GenericSchema<string, string>, V extends v.GenericSchema>(key: K, value: V) =>
  v.pipe(plain, v.record(key, value))

const path = v.pipe(
  v.string(),
  v.nonEmpty('a path is needed'),
  v.maxLength(4096),
  v.check((text) => !text.includes('\0'), 'a path without a null character is needed')
)
const expression = v.pipe(v.string(), v.maxLength(20_000))
const name = v.pipe(v.string(), v.nonEmpty('a name is needed'), v.maxLength(200))
const id = v.pipe(v.string(), v.maxLength(200))
const map = record(v.pipe(v.string(), v.maxLength(200)), v.pipe(v.string(), v.maxLength(1000)))
const length = v.pipe(v.number(), v.finite(), v.gtValue(0, 'a positive number of Mpc/h is needed'))
/** One side, or three; a cube is one number. */
const boxSize: v.GenericSchema<unknown, BoxSize> = v.union(
  [
    length,
    v.pipe(
      v.strictTuple([length, length, length]),
      v.transform((sides): BoxSize => boxOf(sides))
    )
  ],
  'a positive number of Mpc/h is needed, or three for the sides along x, y and z'
)
const role = v.picklist(['ood', 'test'])
const halo = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const columns = v.pipe(v.array(name), v.maxLength(1000))
const seed = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 32 - 1))
const none = object({})
const one = object({ id })

/**
 * A whole number, because formulas are sorted by complexity; at least 1, because a free operator would let formulas
 * grow without limit.
 */
const weight = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(20))

const complexity = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(complexityLimits.least, `at least ${complexityLimits.least} is needed, the complexity of a sum`),
  v.maxValue(complexityLimits.most)
)

const runConfig: v.GenericSchema<unknown, RunConfig> = object({
  catalog: path,
  map,
  boxSize: v.nullable(boxSize),
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
  maxComplexity: v.optional(complexity),
  seed,
  threads: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1024))
})

const split = object({ target: name, ood: v.nullable(expression), test: v.nullable(expression), seed })

const schemas: { [M in Method]: v.GenericSchema<unknown, Params<M>> } = {
  'app.info': none,
  'app.ping': none,
  'app.status': none,
  'files.list': object({ path: v.nullable(path) }),
  'files.recent': none,
  'project.current': none,
  'project.new': none,
  'project.open': object({ path }),
  'project.saveAs': object({ path, catalogs: v.optional(v.picklist(['copy', 'leave'])) }),
  'catalog.open': object({
    path,
    map: v.optional(map),
    boxSize: v.optional(v.nullable(boxSize)),
    project: v.optional(v.picklist(['current', 'new']))
  }),
  'catalog.locate': object({ id, path }),
  'catalog.cancel': none,
  'catalog.columns': object({ columns }),
  'catalog.row': object({ halo, columns: v.optional(columns) }),
  'graph.neighbours': object({ halo, radius: length }),
  'graph.statistics': object({ radius: length }),
  'split.preview': split,
  'split.sets': split,
  'mask.evaluate': object({ expression, target: name }),
  'mask.save': object({ id: v.optional(id), name, role, expression, color: v.optional(name) }),
  'mask.delete': one,
  'run.defaults': none,
  'run.start': object({ config: runConfig, name: v.optional(name) }),
  'run.cancel': one,
  'run.pause': one,
  'run.resume': one,
  'run.delete': one,
  'search.check': object({ id, formula: expression }),
  'search.inject': object({ id, formula: expression }),
  'search.weights': object({
    id,
    weights: object({
      operators: record(v.picklist(operatorNames), weight),
      variable: weight,
      constant: weight
    })
  }),
  'law.measure': object({ id, formula: expression }),
  'law.cancel': none,
  'law.forget': object({
    id,
    law: v.pipe(
      v.string(),
      v.custom<LawId>((value) => /^law-\d{1,9}$/.test(String(value)), 'law-1, law-2, ... is needed')
    )
  }),
  'laws.list': object({
    id,
    where: v.nullable(v.pipe(v.string(), v.maxLength(2000))),
    top: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(10_000)),
    order: v.optional(
      object({
        by: v.picklist(['complexity', 'constants', 'loss', 'validation', 'train', 'test', 'ood']),
        direction: v.picklist(['ascending', 'descending'])
      })
    )
  }),
  'run.list': none,
  'run.get': one
}

/** Every method of the contract with the names of its parameters. */
export function parameterNames(): Map<Method, string[]> {
  return new Map((Object.keys(schemas) as Method[]).map((method) => [method, Object.keys(entriesOf(schemas[method]))]))
}

/** Entries of a schema made by `object`, which is a pipe whose last part holds them. */
function entriesOf(schema: v.GenericSchema): v.ObjectEntries {
  const parts = 'pipe' in schema ? (schema.pipe as readonly v.GenericSchema[]) : [schema]
  const last = parts.at(-1)
  return last && 'entries' in last ? (last.entries as v.ObjectEntries) : {}
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
  const where = v.getDotPath(issue)?.slice(0, 200) ?? 'the parameters'
  return `"${where}" is wrong (${reasonOf(issue)}).`
}

function reasonOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== 'strict_object') return issue.message
  return issue.expected === 'never' ? 'there is no such parameter' : 'it is missing'
}
