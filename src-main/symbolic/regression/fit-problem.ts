import { badInput } from '../../../src-shared/errors.ts'
import { readComplexity } from '../language/complexity-weights.ts'
import { operatorNames, walk, type Expression, type Operator } from '../language/expression.ts'
import type { FitTableRequest } from './fit-request.ts'
import { readLoss, type Loss } from '../fit/loss.ts'
import { nearNames } from '../../near-names.ts'
import { UserOperators, readDefinitions, type UserOperator } from '../language/user-operators.ts'
import { parse } from '../language/parse.ts'
import { unknownVariable } from '../language/program.ts'
import { readLimit } from '../constraints/limits.ts'
import { readTemplateGuess } from '../template/template-guess.ts'
import { lawsOf, readTemplate } from '../template/template.ts'
import { usableOperators } from '../constraints/unit-reach.ts'
import { defaultOperators, type SearchOptions, type SearchProblem } from '../search/search-types.ts'
import { selectVariables } from '../table/select-variables.ts'
import { readUnits } from '../constraints/units.ts'
import { shared, takeRows, usableRows } from '../table/usable-rows.ts'

/** What is searched, and how. */
export interface FitProblem {
  /** The rows of the table that can be used */
  problem: SearchProblem
  options: SearchOptions & { loss: Loss; operators: readonly Operator[]; define: readonly UserOperator[] }
  /** Rows and columns left out, and why */
  warnings: string[]
}

/**
 * Makes a problem of a table and what is asked of it.
 * @param seed of the forest that selects variables
 * @throws HalolawError `bad-input` with one sentence for a table or a request that makes no sense.
 */
export function fitProblemOf(request: FitTableRequest, seed: number): FitProblem {
  const warnings: string[] = []
  const { columns, target } = request
  const known = [...columns.keys()]
  const columnOf = (name: string): ArrayLike<number> => {
    const values = columns.get(name)
    if (!values) throw unknownVariable(name, known)
    return values
  }
  const wanted = columnOf(target)
  const weights = request.weights === undefined ? null : columnOf(request.weights)
  const forbidden = new Set(request.forbidden)
  for (const name of forbidden) {
    columnOf(name)
    if ([...(request.variables ?? []), ...(request.constraints?.required ?? [])].includes(name))
      throw badInput(`The variable "${name}" is forbidden, and also asked for; take one of the two back.`)
  }
  const offered = request.variables ?? known.filter((name) => name !== target && name !== request.weights)
  const isEmpty = (name: string): boolean => !Array.prototype.some.call(columnOf(name), Number.isFinite)
  const names = [...new Set(offered)].filter((name) => {
    if (forbidden.has(name)) return false
    // a column that nobody asked for does not take every row along
    if (request.variables || !isEmpty(name) || wanted.length === 0) return true
    warnings.push(`Column "${name}" has no finite value and was left out.`)
    return false
  })
  if (names.includes(target))
    throw badInput(`The target "${target}" is also named as a variable; leave it out of the variables.`)
  for (const name of [...names, ...(request.weights === undefined ? [] : [request.weights])])
    if (columnOf(name).length !== wanted.length)
      throw badInput(
        `Column "${name}" has ${columnOf(name).length} rows where the target "${target}" has ${wanted.length}.`
      )
  if (wanted.length === 0) throw badInput('The table has no rows.')
  if (isEmpty(target)) throw badInput(`The target "${target}" has no finite value in any row; choose another column.`)
  const unwritable = [target, ...names].find((name) => /[`\0]/.test(name))
  if (unwritable !== undefined)
    throw badInput(
      `The name of column "${unwritable}" has a backquote in it, which formulas cannot write; give it another one.`
    )

  const rows = usableRows([target, ...names], columnOf, request.weights, warnings)
  const taken = (values: ArrayLike<number>): Float64Array =>
    rows.length === wanted.length ? shared(values) : takeRows(values, rows)
  const y = taken(wanted)
  if (rows.length >= 3 && isConstant(y))
    throw badInput(`The target "${target}" is ${y[0]} in every row; there is no law to find.`)
  if (rows.length >= 3) checkScale(target, y)
  const changing = names
    .map((name) => ({ name, values: taken(columnOf(name)) }))
    .filter(({ name, values }) => {
      if (!isConstant(values) || rows.length < 3) return true
      if (request.constraints?.required?.includes(name))
        throw badInput(`The variable "${name}" is required, but it is ${values[0]} in every row; leave it out.`)
      warnings.push(`Column "${name}" is ${values[0]} in every row and was left out.`)
      return false
    })
  if (changing.length === 0) throw badInput('No variable is left that changes from row to row; name columns that do.')
  const { required = [] } = request.constraints ?? {}
  const { kept: variables, sentence } =
    request.select === undefined
      ? { kept: changing, sentence: null }
      : selectVariables(changing, y, request.select, required, seed)
  if (sentence) warnings.push(sentence)
  if (variables.some(({ values }) => values.every((v, i) => v === y[i])))
    warnings.push(`A variable equals the target "${target}" in every row; the law found will say just that.`)

  const searched = variables.map(({ name }) => name)
  const units = request.units && {
    ...readUnits(unitsOf(request.units, [...searched, target], names), searched, target),
    constants: request.unitsOfConstants
  }
  const define = readDefinitions(request.define ?? [])
  const clash = define.find(({ name }) => known.includes(name))
  if (clash) throw badInput(`The operator "${clash.name}" has the name of a column; give it another one.`)
  const { functions } = new UserOperators(define)
  const template = request.template === undefined ? undefined : readTemplate(request.template, searched, functions)
  let operators = request.operators === undefined ? defaultOperators : operatorsOf(request.operators)
  if (units && request.penalty === undefined && operators.length > 0) {
    const beside = operatorsIn([...define.map(({ body }) => body), ...(template ? lawsOf(template) : [])])
    const usable = usableOperators([...new Set([...operators, ...beside])], units, searched, target)
    const useless = operators.filter((op) => !usable.includes(op))
    if (useless.length > 0)
      warnings.push(
        `Left out, because the units allow ${useless.length > 1 ? 'them' : 'it'} nowhere: ${useless.join(' ')}.`
      )
    operators = operators.filter((op) => usable.includes(op))
  }
  if (request.unitsOfConstants && !request.units)
    warnings.push('Units of constants were told, and none of columns: nothing was asked of units.')
  if (request.penalty !== undefined && !request.units && !request.symmetries?.length && !request.limits?.length)
    warnings.push('The penalty had nothing to penalise: no units, symmetries or limits were asked for.')
  const loss = typeof request.loss === 'object' ? request.loss : readLoss(request.loss ?? 'mse')
  const options = {
    time: request.time,
    loss,
    maxComplexity: request.maxComplexity,
    maxDepth: request.maxDepth,
    constraints: request.constraints,
    complexity:
      request.complexity === undefined ? undefined : readComplexity(request.complexity, names, Object.keys(functions)),
    define,
    rounds: request.rounds,
    sampleRows: request.sampleRows,
    denoise: request.denoise,
    operators,
    guesses: request.guesses?.map((text) =>
      template
        ? readTemplateGuess(text, template, searched, functions)
        : parse(text, { variables: searched, functions })
    )
  }
  const problem: SearchProblem = {
    variables,
    target: y,
    weights: weights ? taken(weights) : undefined,
    units,
    symmetries: request.symmetries,
    limits: request.limits?.map((text) => readLimit(text, searched)),
    template,
    penalty: request.penalty
  }
  return { problem, options, warnings }
}

/** Reads operators from their names; `**`, `IF` and the like count. @throws HalolawError `bad-input` for an unknown one. */
export function operatorsOf(names: readonly string[]): Operator[] {
  const spelling: Record<string, Operator> = {
    '**': '^',
    pow: '^',
    IF: 'if',
    ln: 'log',
    arcsin: 'asin',
    arccos: 'acos',
    arctan: 'atan'
  }
  return names.map((name) => {
    const op = spelling[name] ?? name
    if ((operatorNames as string[]).includes(op)) return op as Operator
    const near = nearNames(name, operatorNames)
    throw badInput(
      `There is no operator "${name}"; ${near.length > 0 ? `did you mean "${near[0]}"?` : `there are ${operatorNames.join(' ')}.`}`
    )
  })
}

/** Operators of the language that stand in formulas. */
function operatorsIn(formulas: readonly Expression[]): Operator[] {
  const found = new Set<Operator>()
  for (const formula of formulas) walk(formula, (node) => node.kind === 'call' && found.add(node.op))
  return operatorNames.filter((op) => found.has(op))
}

/** The units of what is searched; those of variables that were left out are dropped. */
function unitsOf(
  units: Readonly<Record<string, string>>,
  used: readonly string[],
  named: readonly string[]
): Record<string, string> {
  return Object.fromEntries(Object.entries(units).filter(([name]) => used.includes(name) || !named.includes(name)))
}

/** Squares of what formulas miss the target by have to be numbers. @throws HalolawError `bad-input` */
function checkScale(name: string, values: Float64Array): void {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const spread = high - low
  if (spread > 1e-120 && Math.max(Math.abs(low), Math.abs(high)) < 1e120) return
  throw badInput(
    `The target "${name}" lies between ${low} and ${high}, whose squared differences are no numbers of a computer; multiply it by a power of ten.`
  )
}

function isConstant(values: Float64Array): boolean {
  return values.every((v) => v === values[0])
}
