import { badInput } from '../../../src-shared/errors.ts'
import { unknownVariable } from '../language/program.ts'
import { selectVariables } from '../table/select-variables.ts'
import { shared, takeRows, usableRows } from '../table/usable-rows.ts'
import type { FitTableRequest } from './fit-request.ts'

/** Which columns of the table are read. */
export interface ColumnPlan {
  columns: FitTableRequest['columns']
  target: string
  weights: string | undefined
  /** Candidates for variables, before their values are read */
  names: string[]
  required: readonly string[]
  /** Columns left out, and why */
  warnings: string[]
}

/** The columns of a table in the rows that can be used. */
export interface FitColumns {
  variables: { name: string; values: Float64Array }[]
  target: Float64Array
  weights: Float64Array | undefined
}

/** @throws HalolawError `bad-input` for an unknown column, a contradiction, or columns of different lengths */
export function planColumns(request: FitTableRequest): ColumnPlan {
  const { columns, target, weights, variables } = request
  const required = request.constraints?.required ?? []
  const plan: ColumnPlan = { columns, target, weights, names: [], required, warnings: [] }
  const rows = columnOf(plan, target).length
  if (weights !== undefined) columnOf(plan, weights)
  const forbidden = new Set(request.forbidden)
  for (const name of forbidden) {
    columnOf(plan, name)
    if ([...(variables ?? []), ...required].includes(name))
      throw badInput(`The variable "${name}" is both forbidden and requested; remove one of the two.`)
  }
  const offered = variables ?? [...columns.keys()].filter((name) => name !== target && name !== weights)
  plan.names = [...new Set(offered)].filter((name) => {
    if (forbidden.has(name)) return false
    // an empty column that the request does not name must not exclude every row
    if (variables || !isEmpty(plan, name) || rows === 0) return true
    plan.warnings.push(`Column "${name}" has no finite value and was left out.`)
    return false
  })
  checkColumnPlan(plan, rows)
  return plan
}

function checkColumnPlan(plan: ColumnPlan, rows: number): void {
  const { target, weights, names } = plan
  if (names.includes(target))
    throw badInput(`The target "${target}" is also named as a variable; leave it out of the variables.`)
  for (const name of [...names, ...(weights === undefined ? [] : [weights])]) {
    const { length } = columnOf(plan, name)
    if (length !== rows)
      throw badInput(
        `Column "${name}" has ${length} rows where the target "${target}" has ${rows}; give columns of one length.`
      )
  }
  if (rows === 0) throw badInput('The table has no rows; choose a table with at least 3.')
  if (isEmpty(plan, target))
    throw badInput(`The target "${target}" has no finite value in any row; choose another column.`)
  const unwritable = [target, ...names].find((name) => /[`\0]/.test(name))
  if (unwritable !== undefined)
    throw badInput(
      `The name of column "${unwritable}" contains a backquote, which formulas cannot write; rename the column.`
    )
}

function columnOf({ columns }: Pick<ColumnPlan, 'columns'>, name: string): ArrayLike<number> {
  const values = columns.get(name)
  if (!values) throw unknownVariable(name, [...columns.keys()])
  return values
}

function isEmpty(plan: ColumnPlan, name: string): boolean {
  return !Array.prototype.some.call(columnOf(plan, name), Number.isFinite)
}

/**
 * Reads the rows in which every column is finite. Constant columns are left out, with a warning.
 * @throws HalolawError `bad-input` for a target without a law to find, or where no variable remains
 */
export function readFitColumns(plan: ColumnPlan): FitColumns {
  const { target, weights, names, required, warnings } = plan
  const whole = columnOf(plan, target)
  const rows = usableRows([target, ...names], (name) => columnOf(plan, name), weights, warnings)
  const read = (values: ArrayLike<number>): Float64Array =>
    rows.length === whole.length ? shared(values) : takeRows(values, rows)
  const y = read(whole)
  if (rows.length >= 3) checkValues(target, y)
  const variables = names
    .map((name) => ({ name, values: read(columnOf(plan, name)) }))
    .filter(({ name, values }) => {
      if (rows.length < 3 || !isConstant(values)) return true
      if (required.includes(name))
        throw badInput(`The variable "${name}" is required, but it is ${values[0]} in every row; leave it out.`)
      warnings.push(`Column "${name}" is ${values[0]} in every row and was left out.`)
      return false
    })
  if (variables.length === 0) throw badInput('No variable remains that changes from row to row; name columns that do.')
  return { variables, target: y, weights: weights === undefined ? undefined : read(columnOf(plan, weights)) }
}

/**
 * Reduces the variables to the `count` that say most about the target, together with the required ones.
 * @param seed of the forest that ranks them
 */
export function selectColumns(
  { target: name, required, warnings }: ColumnPlan,
  columns: FitColumns,
  count: number | undefined,
  seed: number
): FitColumns {
  const { target } = columns
  const selection = count === undefined ? null : selectVariables(columns.variables, target, count, required, seed)
  if (selection?.sentence) warnings.push(selection.sentence)
  const variables = selection?.selected ?? columns.variables
  if (variables.some(({ values }) => values.every((v, i) => v === target[i])))
    warnings.push(`A variable equals the target "${name}" in every row; the law will state only that.`)
  return { ...columns, variables }
}

/** The squares of residuals must be representable. @throws HalolawError `bad-input` */
function checkValues(name: string, values: Float64Array): void {
  if (isConstant(values))
    throw badInput(
      `The target "${name}" is ${values[0]} in every row, so there is no law to find; choose another column.`
    )
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const spread = high - low
  if (spread > 1e-120 && Math.max(Math.abs(low), Math.abs(high)) < 1e120) return
  throw badInput(
    `The target "${name}" lies between ${low} and ${high}, whose squared differences leave the range of floating-point numbers; multiply it by a power of ten.`
  )
}

function isConstant(values: Float64Array): boolean {
  return values.every((v) => v === values[0])
}
