import { badInput, HalolawError } from '../../../src-shared/errors.ts'
import { arityOf, firstOf, firstUserCode, type Genome } from '../language/genome.ts'
import { parse } from '../language/parse.ts'
import { opcodes } from '../language/program.ts'
import type { UserOperators } from '../language/user-operators.ts'
import type { Template } from '../template/template.ts'
import type { MemberState, SearchCheckpoint } from './search-checkpoint.ts'
import type { ThreadPlan } from './search-messages.ts'

/**
 * Checks that every formula of a checkpoint can stand in this search: of its columns, operators and template; and that
 * there are as many threads and islands as it has. `checkSettings` comes first.
 * @throws HalolawError `bad-input` naming what cannot stand there
 */
export function checkFormulas(
  { front, threads }: SearchCheckpoint,
  { names, inputs, template, options }: ThreadPlan,
  userOperators: UserOperators
): void {
  const { threads: threadCount, islandsPerThread, populationSize } = options
  requireNoProblem(sizeProblem('threads', threads.length, threadCount))
  const genomeProblem = template
    ? (genome: Genome) => partsProblem(genome, template, userOperators)
    : (genome: Genome) => treeProblem(genome, inputs.columns.length, userOperators)
  const memberProblem = ({ text, parts }: MemberState): string | null => {
    const problem = textProblem(text, names, userOperators)
    if (problem !== null || !parts) return problem
    return template ? partsProblem(parts, template, userOperators) : 'has the parts of a template'
  }
  requireNone('front', front, memberProblem)
  for (const [t, thread] of threads.entries()) {
    requireNone(`threads.${t}.front`, thread.front, memberProblem)
    requireNone(`threads.${t}.reduced`, thread.reduced, (text) => textProblem(text, names, userOperators))
    requireNoProblem(sizeProblem(`threads.${t}.islands`, thread.islands.length, islandsPerThread))
    for (const [k, { population }] of thread.islands.entries()) {
      const place = `threads.${t}.islands.${k}.population`
      if (population.length > populationSize) requireNoProblem(sizeProblem(place, population.length, populationSize))
      requireNone(place, population, genomeProblem)
    }
  }
}

function requireNone<T>(place: string, list: readonly T[], problemOf: (one: T) => string | null): void {
  for (const [n, one] of list.entries()) {
    const problem = problemOf(one)
    if (problem !== null) requireNoProblem(`${place}.${n} ${problem}`)
  }
}

function requireNoProblem(problem: string | null): void {
  if (problem !== null) throw badInput(`The checkpoint of the search is damaged: ${problem}; start a new search.`)
}

function sizeProblem(place: string, size: number, expected: number): string | null {
  return size === expected ? null : `${place} has ${size} entries instead of ${expected}`
}

function textProblem(text: string, names: readonly string[], { functions }: UserOperators): string | null {
  try {
    parse(text, { variables: [...names], functions })
    return null
  } catch (cause) {
    if (cause instanceof HalolawError) return `is no formula of this search (${cause.message.replace(/\.$/, '')})`
    throw cause
  }
}

/** One formula of the first `columns` columns. */
function treeProblem({ ops, args }: Genome, columns: number, userOperators: UserOperators): string | null {
  if (ops.reduce((depth, op) => depth + 1 - arityOf[op], 0) !== 1) return 'is not one formula'
  for (const [i, op] of ops.entries()) {
    if (op === opcodes.variable && args[i] >= columns) return `uses column ${args[i]} of ${columns}`
    if (op >= firstUserCode(1) && userOperators.nameOf(op) === undefined) return 'uses an operator that is not defined'
  }
  return null
}

/** The formulas of a template's functions, then its constants; see Composition. */
function partsProblem({ ops, args }: Genome, template: Template, userOperators: UserOperators): string | null {
  const parts: Genome[] = []
  for (let end = ops.length - 1; end >= 0;) {
    const first = firstOf(ops, end)
    parts.unshift({ ops: ops.slice(first, end + 1), args: args.slice(first, end + 1) })
    end = first - 1
  }
  const { functions, constants } = template
  const expected = functions.length + constants.length
  if (parts.length !== expected) return `has ${parts.length} parts instead of ${expected}`
  for (const [k, part] of parts.entries()) {
    const problem = treeProblem(part, functions[k]?.arity ?? 0, userOperators)
    if (problem !== null) return problem
  }
  return null
}
