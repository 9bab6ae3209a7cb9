import { badInput } from '../../../src-shared/errors.ts'
import { readLimit } from '../constraints/limits.ts'
import { readUnits, type UnitSystem } from '../constraints/units.ts'
import { readLoss, type Loss } from '../fit/loss.ts'
import { readComplexity } from '../language/complexity-weights.ts'
import type { Operator } from '../language/expression.ts'
import { parse } from '../language/parse.ts'
import { readDefinitions, UserOperators, type UserOperator } from '../language/user-operators.ts'
import { defaultOperators, type SearchOptions, type SearchProblem } from '../search/search-types.ts'
import { readTemplateGuess } from '../template/template-guess.ts'
import { lawsOf, readTemplate, type Template } from '../template/template.ts'
import { planColumns, readFitColumns, selectColumns, type ColumnPlan } from './fit-columns.ts'
import { operatorsOf, operatorsThatUnitsAllow } from './fit-operators.ts'
import type { FitTableRequest } from './fit-request.ts'

/** What is searched, and how. */
export interface FitProblem {
  /** The rows of the table that can be used */
  problem: SearchProblem
  options: SearchOptions & { loss: Loss; operators: readonly Operator[]; define: readonly UserOperator[] }
  /** Rows and columns left out, and why */
  warnings: string[]
}

/**
 * Turns a table and a request into a problem to search.
 * @param seed of the forest that selects variables
 * @throws HalolawError `bad-input` for a table or a request that cannot be searched
 */
export function fitProblemOf(request: FitTableRequest, seed: number): FitProblem {
  const plan = planColumns(request)
  const columns = selectColumns(plan, readFitColumns(plan), request.select, seed)
  const variables = columns.variables.map(({ name }) => name)
  const form = readForm(request, plan, variables)
  warnOfUnusedOptions(request, plan.warnings)
  return {
    problem: {
      ...columns,
      units: form.units,
      symmetries: request.symmetries,
      limits: request.limits?.map((text) => readLimit(text, variables)),
      template: form.template,
      penalty: request.penalty
    },
    options: optionsOf(request, form, plan.names, variables),
    warnings: plan.warnings
  }
}

/** What a formula may consist of. */
interface FormulaForm {
  units: UnitSystem | undefined
  define: readonly UserOperator[]
  functions: UserOperators['functions']
  template: Template | undefined
  operators: readonly Operator[]
}

function readForm(request: FitTableRequest, plan: ColumnPlan, variables: readonly string[]): FormulaForm {
  const { target, columns, names, warnings } = plan
  const units = request.units && {
    ...readUnits(unitsInUse(request.units, [...variables, target], names), variables, target),
    constants: request.unitsOfConstants
  }
  const define = readDefinitions(request.define ?? [])
  const clash = define.find(({ name }) => columns.has(name))
  if (clash) throw badInput(`The operator "${clash.name}" has the name of a column; rename the operator.`)
  const { functions } = new UserOperators(define)
  const template = request.template === undefined ? undefined : readTemplate(request.template, variables, functions)
  const operators = request.operators === undefined ? defaultOperators : operatorsOf(request.operators)
  const isStrict = units !== undefined && request.penalty === undefined && operators.length > 0
  const beside = [...define.map(({ body }) => body), ...(template ? lawsOf(template) : [])]
  return {
    units,
    define,
    functions,
    template,
    operators: isStrict ? operatorsThatUnitsAllow(operators, beside, { units, variables, target, warnings }) : operators
  }
}

/** The units without those of variables that were left out. */
function unitsInUse(
  units: Readonly<Record<string, string>>,
  used: readonly string[],
  named: readonly string[]
): Record<string, string> {
  return Object.fromEntries(Object.entries(units).filter(([name]) => used.includes(name) || !named.includes(name)))
}

function warnOfUnusedOptions(request: FitTableRequest, warnings: string[]): void {
  const { units, unitsOfConstants, penalty, symmetries, limits } = request
  if (unitsOfConstants && !units)
    warnings.push('The units of constants have no effect, because no units of columns are given.')
  if (penalty !== undefined && !units && !symmetries?.length && !limits?.length)
    warnings.push('The penalty has no effect, because no units, symmetries or limits are given.')
}

function optionsOf(
  request: FitTableRequest,
  { define, functions, template, operators }: FormulaForm,
  names: readonly string[],
  variables: readonly string[]
): FitProblem['options'] {
  const { complexity, loss = 'mse' } = request
  return {
    time: request.time,
    loss: typeof loss === 'object' ? loss : readLoss(loss),
    maxComplexity: request.maxComplexity,
    maxDepth: request.maxDepth,
    constraints: request.constraints,
    complexity: complexity === undefined ? undefined : readComplexity(complexity, names, Object.keys(functions)),
    define,
    rounds: request.rounds,
    sampleRows: request.sampleRows,
    denoise: request.denoise,
    operators,
    guesses: request.guesses?.map((text) =>
      template ? readTemplateGuess(text, template, variables, functions) : parse(text, { variables, functions })
    )
  }
}
