import type { FrontEntry } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'
import { chooseFormulas, type ChosenMember } from '../choose/choose.ts'
import { walk, type Expression } from '../language/expression.ts'
import { printText } from '../language/print/index.ts'
import { fitProblemOf } from './fit-problem.ts'
import type { FitTableRequest, FitTableResult, FitTableWork } from './fit-request.ts'
import { lossFloor } from '../fit/fitting.ts'
import { chosenEntryOf, entryOf } from './front-entry.ts'
import { holdOut, problemOn } from '../choose/judging-table.ts'
import { searchSymbolic } from '../search/search.ts'
import type { SearchOptions, SearchProblem, SearchResult } from '../search/search-types.ts'
import { stabilityOf } from '../choose/stability.ts'

/**
 * Searches a table for formulas and chooses among them. Large tables block the thread in which it runs.
 * @throws HalolawError as `fitTable`
 */
export async function fitHere(request: FitTableRequest, work: FitTableWork): Promise<FitTableResult> {
  const { seeds = 1, validation = 0.2 } = request
  if (!(Number.isInteger(seeds) && seeds >= 1 && seeds <= 1000))
    throw badInput(`The number of seeds is ${seeds}; it must be a whole number from 1 to 1000.`)
  if (!(validation >= 0 && validation <= 0.9))
    throw badInput(`The share of validation rows is ${validation}; it must lie between 0 and 0.9.`)
  if (seeds > 1 && (work.resume || work.onCheckpoint))
    throw badInput('A checkpoint holds one search, but there are several seeds; use one seed, or no checkpoint.')
  const { seed = 0 } = work
  const { problem, options, warnings } = fitProblemOf(request, seed)
  const { loss, operators, define } = options
  const rows = problem.target.length
  const split = holdOut(rows, validation, seed)
  if (!split && request.validation)
    warnings.push(`There are no validation rows: ${rows} rows are too few, and all are used for fitting.`)
  const started = Date.now()
  const results = await searches(split ? problemOn(problem, split.fitting) : problem, options, seeds, work)
  const stability = results.length > 1 ? stabilityOf(results) : null
  work.onProgress?.({ fraction: 1, message: `Choosing among the formulas on all ${rows} rows` })
  const { front, best } = chooseFormulas(
    results.flatMap((result) => result.front),
    problem,
    split,
    {
      loss,
      floor: lossFloor(problem.target, problem.weights ?? null, loss),
      operators,
      complexity: options.complexity,
      constraints: options.constraints,
      maxDepth: options.maxDepth,
      fixedNumbers: new Set(define.flatMap(({ body }) => numbersIn(body)))
    }
  )
  const entry = (member: ChosenMember): FrontEntry => ({
    ...chosenEntryOf(member),
    ...(stability && { returns: stability.returns(member.expression) })
  })
  const formulas = front.map(({ complexity, loss, expression }) => ({ complexity, loss, text: printText(expression) }))
  work.onTrace?.({ event: 'choice', front: formulas, best: printText(best.expression) })
  return {
    front: front.map(entry),
    best: entry(best),
    ...(stability && { stability: { seeds: results.length, best: stability.bestReturns(best.expression) } }),
    rows: { fitting: split?.fitting.length ?? rows, validation: split?.validation.length ?? 0 },
    evaluations: results.reduce((sum, result) => sum + result.evaluations, 0),
    seconds: (Date.now() - started) / 1000,
    interrupted: results.some(({ interrupted }) => interrupted) || results.length < seeds,
    warnings
  }
}

/** One search for each seed; at least one, but fewer after an early end. */
async function searches(
  problem: SearchProblem,
  options: SearchOptions,
  seeds: number,
  work: FitTableWork
): Promise<SearchResult[]> {
  const { seed = 0, ending, onFront, onProgress } = work
  const results: SearchResult[] = []
  while (results.length < seeds && !(results.length > 0 && ending?.aborted)) {
    const k = results.length
    const result = await searchSymbolic(problem, options, {
      ...work,
      seed: seed + k,
      onFront: onFront && ((front) => onFront(front.map(entryOf))),
      onProgress: ({ fraction, message }) =>
        onProgress?.({
          fraction: (k + fraction) / seeds,
          message: seeds === 1 ? message : `Seed ${k + 1} of ${seeds}: ${message}`
        })
    }).catch((cause: unknown) => {
      if (k > 0 && ending?.aborted) return null
      throw cause
    })
    if (!result) break
    results.push(result)
  }
  return results
}

/** Numbers that a fit would treat as free constants. */
function numbersIn(expression: Expression): number[] {
  const numbers: number[] = []
  walk(expression, (node) => node.kind === 'constant' && !Number.isInteger(node.value) && numbers.push(node.value))
  return numbers
}
