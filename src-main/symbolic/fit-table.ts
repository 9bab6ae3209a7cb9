import type { FrontEntry } from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import { chooseFormulas, type ChosenMember } from './choose.ts'
import { readComplexity } from './complexity-weights.ts'
import type { Constraints } from './constraints.ts'
import { operatorNames, walk, type Expression, type Operator } from './expression.ts'
import { lossFloor } from './fitting.ts'
import { readLoss, type Loss } from './loss.ts'
import { holdOut, problemOn } from './judging-table.ts'
import { nearNames } from './near-names.ts'
import { OwnOperators, readDefinitions } from './own-operators.ts'
import { parse } from './parse.ts'
import { printC, printJulia, printLatex, printNumpy, printSympy, printText } from './print/index.ts'
import { unknownVariable } from './program.ts'
import { readLimit } from './physics/limits.ts'
import type { Symmetry } from './physics/symmetry.ts'
import { lawsOf, readTemplate } from './physics/template.ts'
import { usableOperators } from './physics/unit-reach.ts'
import { readUnits } from './units.ts'
import { searchSymbolic, type SearchWork } from './search.ts'
import { selectVariables } from './select-variables.ts'
import { stabilityOf } from './stability.ts'
import { takeRows, usableRows } from './usable-rows.ts'
import {
  defaultOperators,
  type FrontMember,
  type SearchOptions,
  type SearchProblem,
  type SearchResult
} from './search-types.ts'

export interface FitTableRequest {
  /** Name -> one number a row; all of one length. */
  columns: ReadonlyMap<string, ArrayLike<number>>
  target: string
  /** Default: every column but the target. */
  variables?: readonly string[]
  /** Column of weights */
  weights?: string
  /** Seconds; default 60 */
  time?: number
  /** Operators by name, as in `+ - * / ^ exp log`; default: the search's. */
  operators?: readonly string[]
  /** Units of columns and target, e.g. `{ m: 'kg', v: 'm/s' }`; those not named fit anywhere. */
  units?: Readonly<Record<string, string>>
  /** Whether constants may carry any unit (default) or are plain numbers */
  unitsOfConstants?: 'any' | 'plain'
  symmetries?: readonly Symmetry[]
  /** As `readLimit` reads them: `r -> inf: 0` */
  limits?: readonly string[]
  /** The law's structure, as `readTemplate` reads it: `f(r) * g(m_i) + c` */
  template?: string
  /** Times that the loss of a formula counts for each demand it breaks (units, symmetries, limits); default: none may be broken */
  penalty?: number
  /** As readLoss takes it: `mae`, `huber:0.1`, a formula of `prediction` and `target`...; default `mse` */
  loss?: Loss | string
  maxComplexity?: number
  /** Operators by formula, as `gauss(x) = exp(-x^2 / 2)` */
  define?: readonly string[]
  /** Keeps so many variables, those that tell most about the target (select-variables.ts) */
  select?: number
  denoise?: boolean
  /** As readComplexity takes it: `paper` (default), `plain`, or costs such as `exp:3 variable:2` */
  complexity?: string
  /** Variables that are not used though they are in the table */
  forbidden?: readonly string[]
  constraints?: Constraints
  maxDepth?: number
  /** See SearchOptions */
  rounds?: number
  sampleRows?: number
  /** Formulas to begin from, as text */
  guesses?: readonly string[]
  /** Share of the rows that the search does not see and formulas are chosen by; default 0.2. Tables below 40 rows are searched whole. */
  validation?: number
  /** Searches that differ in their seed alone, each with the whole time, to tell how often a form returns; default 1 */
  seeds?: number
}

/** The JSON of `halolaw fit`. */
export interface FitTableResult {
  front: FrontEntry[]
  best: FrontEntry
  /** With several seeds: how many searches there were, and how many of them had a formula of the best's form as their best */
  stability?: { seeds: number; best: number }
  /** Rows that formulas were fitted to in the search, and rows held out for choosing */
  rows: { fitting: number; validation: number }
  evaluations: number
  seconds: number
  /** Rows left out, columns that say nothing */
  warnings: string[]
}

export interface FitTableWork extends Omit<SearchWork, 'onFront'> {
  onFront?: (front: FrontEntry[]) => void
}

/**
 * Symbolic regression on any table.
 * @throws HalolawError `bad-input` with one sentence for a table or a request that makes no sense, `cancelled`.
 */
export async function fitTable(request: FitTableRequest, work: FitTableWork = {}): Promise<FitTableResult> {
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
  const names = [...new Set(offered)].filter((name) => !forbidden.has(name))
  if (names.includes(target))
    throw badInput(`The target "${target}" is also named as a variable; leave it out of the variables.`)
  for (const name of [...names, ...(request.weights === undefined ? [] : [request.weights])])
    if (columnOf(name).length !== wanted.length)
      throw badInput(
        `Column "${name}" has ${columnOf(name).length} rows where the target "${target}" has ${wanted.length}.`
      )
  if (wanted.length === 0) throw badInput('The table has no rows.')

  const rows = usableRows([target, ...names], columnOf, request.weights, warnings)
  const taken = (values: ArrayLike<number>): Float64Array => takeRows(values, rows)
  const y = taken(wanted)
  if (rows.length >= 3 && isConstant(y))
    throw badInput(`The target "${target}" is ${y[0]} in every row; there is no law to find.`)
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
      : selectVariables(changing, y, request.select, required, work.seed ?? 0)
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
  const { functions } = new OwnOperators(define)
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
  const loss = typeof request.loss === 'object' ? request.loss : readLoss(request.loss ?? 'mse')
  const options: SearchOptions = {
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
    guesses: request.guesses?.map((text) => parse(text, { variables: searched, functions }))
  }
  const { seeds = 1, validation = 0.2 } = request
  if (!(Number.isInteger(seeds) && seeds >= 1 && seeds <= 1000))
    throw badInput(`The number of seeds is ${seeds}; it must be a whole number from 1 to 1000.`)
  if (!(validation >= 0 && validation <= 0.9))
    throw badInput(`The share of rows held out is ${validation}; it must lie between 0 and 0.9.`)
  if (seeds > 1 && (work.resume || work.onCheckpoint))
    throw badInput('A checkpoint holds one search, and several seeds were asked for; choose one of the two.')
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
  const { seed = 0 } = work
  const split = holdOut(rows.length, validation, seed)
  if (!split && request.validation)
    warnings.push(`No rows were held out: ${rows.length} are too few, and all are needed for fitting.`)
  const fitting = split ? problemOn(problem, split.fitting) : problem
  const started = Date.now()
  const results: SearchResult[] = []
  for (let k = 0; k < seeds; k++)
    results.push(
      await searchSymbolic(fitting, options, {
        ...work,
        seed: seed + k,
        onFront: work.onFront && ((front) => work.onFront!(front.map(entryOf))),
        onProgress: ({ fraction, message }) =>
          work.onProgress?.({
            fraction: (k + fraction) / seeds,
            message: seeds === 1 ? message : `Seed ${k + 1} of ${seeds}: ${message}`
          })
      })
    )
  const stability = seeds > 1 ? stabilityOf(results) : null
  const { front, best } = await chooseFormulas(
    results.flatMap((result) => result.front),
    problem,
    split,
    {
      loss,
      floor: lossFloor(y, problem.weights ?? null, loss),
      operators,
      complexity: options.complexity,
      constraints: options.constraints,
      maxDepth: options.maxDepth,
      given: new Set(define.flatMap(({ body }) => numbersIn(body))),
      signal: work.signal
    }
  )
  const entry = (member: ChosenMember): FrontEntry => ({
    ...chosenEntryOf(member),
    ...(stability && { returns: stability.returns(member.expression) })
  })
  return {
    front: front.map(entry),
    best: entry(best),
    ...(stability && { stability: { seeds, best: stability.bestReturns(best.expression) } }),
    rows: { fitting: split?.fitting.length ?? rows.length, validation: split?.validation.length ?? 0 },
    evaluations: results.reduce((sum, result) => sum + result.evaluations, 0),
    seconds: (Date.now() - started) / 1000,
    warnings
  }
}

/** A front's formula as windows and the command line show it. */
export function entryOf({ expression, complexity, loss, score, breaks }: FrontMember): FrontEntry {
  return {
    complexity,
    loss,
    score,
    text: printText(expression),
    latex: printLatex(expression),
    python: printNumpy(expression),
    ...otherLanguages(expression),
    ...(breaks && { breaks })
  }
}

/** What a front's entry says beside text, LaTeX and NumPy. */
export function otherLanguages(expression: Expression): Pick<FrontEntry, 'sympy' | 'julia' | 'c'> {
  return { sympy: printSympy(expression), julia: printJulia(expression), c: printC(expression) }
}

function chosenEntryOf(member: ChosenMember): FrontEntry {
  const { validationLoss, bic, mdl, named, constants, rounded } = member
  return {
    ...entryOf(member),
    validationLoss,
    bic,
    mdl,
    form: printText(named, { constants: 'names' }),
    constants,
    rounded: printText(rounded)
  }
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

/** Numbers that a fit would take for constants to find. */
function numbersIn(expression: Expression): number[] {
  const numbers: number[] = []
  walk(expression, (node) => node.kind === 'constant' && !Number.isInteger(node.value) && numbers.push(node.value))
  return numbers
}

function isConstant(values: Float64Array): boolean {
  return values.every((v) => v === values[0])
}
