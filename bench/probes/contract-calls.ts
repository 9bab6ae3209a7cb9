import type { Backend } from '../../src-main/backend.ts'
import { Random } from '../../src-main/random.ts'

/** Outcome of many calls with made-up parameters. */
export interface ContractOutcome {
  calls: number
  /** Answers by code; `ok` for a result */
  codes: Record<string, number>
  /** Messages of answers with the code `internal`, which are bugs */
  mistakes: string[]
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]

const texts = [
  '',
  'x',
  'delta > 1',
  'x > 400',
  '((((',
  'M_i + sum(M_j)',
  'r1',
  'm1',
  'law-1',
  '@pred:r1:gnn',
  '@set:r1',
  '/',
  '/none.h5',
  '\0',
  'ä'.repeat(300),
  'Delta20',
  '../..'
]
const numbers = [0, -1, 1, 0.5, 1e308, -1e308, NaN, Infinity, 2 ** 53, 4e9, 20, 50]

/** @param members names of parameters in the contract */
function value(random: Random, members: readonly string[], depth: number): unknown {
  const kind = random.integer(depth > 2 ? 4 : 6)
  if (kind === 0) return pick(random, texts)
  if (kind === 1) return pick(random, numbers)
  if (kind === 2) return pick(random, [null, undefined, true, false])
  if (kind === 3) return pick(random, texts)
  if (kind === 4) return Array.from({ length: random.integer(4) }, () => value(random, members, depth + 1))
  return Object.fromEntries(
    Array.from({ length: random.integer(5) }, () => [pick(random, members), value(random, members, depth + 1)])
  )
}

const members = [
  'id',
  'path',
  'expression',
  'target',
  'columns',
  'halo',
  'radius',
  'formula',
  'weights',
  'config',
  'map',
  'boxSize',
  'ood',
  'test',
  'seed',
  'law',
  'name',
  'role',
  'kind',
  '__proto__',
  'constructor'
]

/** Parameters that sometimes fit a method: every member is present, with a value of roughly the right kind. */
function likely(random: Random, names: readonly string[]): Record<string, unknown> {
  const ofName = (name: string): unknown => {
    if (random.uniform() < 0.15) return value(random, members, 0)
    if (name === 'halo' || name === 'seed') return random.integer(50_000)
    if (name === 'radius' || name === 'boxSize') return pick(random, numbers)
    if (name === 'columns') return Array.from({ length: random.integer(4) }, () => pick(random, texts))
    if (name === 'map') return { mass: pick(random, texts) }
    if (name === 'role') return pick(random, ['ood', 'test', 'train'])
    if (name === 'weights') return { operators: { '+': 1 }, variable: 1, constant: pick(random, [1, 2, 50]) }
    return pick(random, texts)
  }
  return Object.fromEntries(names.map((name) => [name, ofName(name)]))
}

/**
 * Calls methods of the contract with made-up parameters, eight at a time.
 * @param methods each with the names of its parameters; the caller omits methods that write outside
 */
export async function contractCalls(
  backend: Backend,
  methods: ReadonlyMap<string, readonly string[]>,
  count: number,
  seed: number
): Promise<ContractOutcome> {
  const random = new Random(seed)
  const names = [...methods.keys()]
  const outcome: ContractOutcome = { calls: 0, codes: {}, mistakes: [] }
  while (outcome.calls < count) {
    const batch = Array.from({ length: Math.min(8, count - outcome.calls) }, () => {
      const method = pick(random, names)
      const params = random.uniform() < 0.5 ? likely(random, methods.get(method)!) : value(random, members, 0)
      return { method, params }
    })
    outcome.calls += batch.length
    const answers = await Promise.all(batch.map(({ method, params }) => backend.call(method, params)))
    for (const [k, answer] of answers.entries()) {
      const code = 'error' in answer ? answer.error.code : 'ok'
      outcome.codes[code] = (outcome.codes[code] ?? 0) + 1
      if ('error' in answer && code === 'internal')
        outcome.mistakes.push(`${batch[k].method}(${JSON.stringify(batch[k].params)}): ${answer.error.message}`)
    }
  }
  return outcome
}
