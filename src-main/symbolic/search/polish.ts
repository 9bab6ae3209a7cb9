import {
  call,
  complexity,
  constant,
  isTied,
  mapExpression,
  walk,
  type Expression,
  type Operator
} from '../language/expression.ts'
import type { FitTable } from '../fit/fitting.ts'
import type { ConstraintChecker } from '../constraints/constraints.ts'
import { fromExpression, toExpression } from '../language/genome.ts'
import { HallOfFame, type HallMember } from './hall-of-fame.ts'
import { applyPenalty, type PhysicsChecker } from '../constraints/physics.ts'
import type { FullOptions } from './search-types.ts'
import { simplify } from '../algebra/simplify.ts'

/** The settings and constraints of a search. */
export interface SearchRules {
  names: readonly string[]
  options: FullOptions
  /** Losses below this are rounding error. */
  floor: number
  physics: PhysicsChecker
  constraints: ConstraintChecker
  /** Only fits and ranks formulas, without simplification and without a fit to all rows. */
  brief?: boolean
}

interface FittedFormula {
  expression: Expression
  loss: number
}

/** Fits the constants that are not integers; a fit never makes a formula worse. */
export function refit(
  expression: Expression,
  table: FitTable,
  names: readonly string[],
  iterations: number
): FittedFormula {
  const genome = fromExpression(expression, names, { integers: 'literal', userOperators: table.userOperators })
  const loss = table.fit(genome, 'plain', iterations, 1e-10).plainLoss
  return { expression: toExpression(genome, names, table.userOperators), loss }
}

/**
 * Looks for simpler formulas near one: a constant set to 0, 1, -1 or the nearest integer, an operator replaced by one of its
 * arguments or a constant, everything else refitted. Steps that keep the loss (or stay below the floor, where all is rounding
 * error) are taken; every formula tried is offered to the hall of fame.
 */
export function reduce(
  start: HallMember,
  table: FitTable,
  rules: SearchRules,
  maxFits: number,
  hall: HallOfFame
): HallMember {
  const { names, options, floor, physics, constraints } = rules
  let current = start
  let fits = 0
  for (let improved = true; improved && fits < maxFits;) {
    improved = false
    for (const candidate of simplerForms(current.expression, new Set(options.operators), physics.literals)) {
      const size = complexity(candidate, options.complexity)
      if (
        size > current.complexity ||
        (size === current.complexity && countFree(candidate) >= countFree(current.expression))
      )
        continue
      if (
        !physics.allowsForm(
          fromExpression(table.userOperators.expandExpression(candidate), names, { integers: 'literal' })
        )
      )
        continue
      if (!constraints.admits(candidate)) continue
      if (++fits > maxFits) break
      const { expression, loss } = weighed(refit(candidate, table, names, 12), physics, table)
      if (!Number.isFinite(loss)) continue
      const member = { expression, complexity: size, loss }
      hall.offer(member)
      if (loss > Math.max(current.loss * 1.0002, floor)) continue
      current = member
      improved = true
      break
    }
  }
  return current
}

/** With the penalty for violated physics on its loss. */
function weighed(fitted: FittedFormula, physics: PhysicsChecker, { userOperators }: FitTable): FittedFormula {
  return {
    ...fitted,
    loss: applyPenalty(fitted.loss, physics.penaltyFactor(userOperators.expandExpression(fitted.expression)))
  }
}

/** Constants that a fit would move. */
function countFree(expression: Expression): number {
  return constantsIn(expression).filter((value) => !Number.isInteger(value)).length
}

export function* simplerForms(
  expression: Expression,
  allowed: ReadonlySet<Operator>,
  literals: readonly number[]
): Generator<Expression> {
  const values = constantsIn(expression)
  for (const [k, value] of values.entries())
    for (const simple of new Set([1, 0, -1, Math.round(value), ...literals]))
      if (simple !== value && Math.abs(simple) <= 64) yield simplify(setConstant(expression, k, simple), allowed)
  const calls: Expression[] = []
  walk(expression, (node) => node.kind === 'call' && calls.push(node))
  // large parts first, because dropping them saves most
  for (const node of calls.reverse()) {
    if (node.kind !== 'call') continue
    const swap = (piece: Expression): Expression => simplify(mapExpressionOnce(expression, node, piece), allowed)
    for (const arg of node.args) yield swap(arg)
    yield swap(constant(0.9))
  }
}

function mapExpressionOnce(expression: Expression, target: Expression, piece: Expression): Expression {
  if (expression === target) return piece
  if (expression.kind !== 'call') return expression
  return call(expression.op, ...expression.args.map((arg) => mapExpressionOnce(arg, target, piece)))
}

/** The columns in three sets of rows: those of the search, those of the last fit of constants, and all. */
export interface Tables {
  sample: FitTable
  /** `whole` if it is not too large */
  fitting: FitTable
  whole: FitTable
}

/**
 * Reduces and refits every formula of the front, and rounds constants to simple numbers where that costs nothing: the loss may grow by
 * a thousandth, or stay below the floor. Losses are those of all rows.
 */
export function polish(
  members: readonly HallMember[],
  tables: Tables,
  rules: SearchRules,
  isCancelled: () => boolean = () => false
): HallMember[] {
  const { names, options, floor, physics, constraints } = rules
  const reduced = new HallOfFame()
  for (const member of members) {
    if (isCancelled()) return []
    const { expression, loss } = weighed(refit(member.expression, tables.sample, names, 60), physics, tables.sample)
    const start = { ...member, expression, loss }
    reduced.offer(start)
    if (!rules.brief) reduced.offer(reduce(start, tables.sample, rules, 100, reduced))
  }
  const { userOperators } = tables.whole
  const hall = new HallOfFame()
  for (const member of reduced.front()) {
    if (isCancelled()) return []
    for (const { expression, loss } of finalForms(member.expression, tables, rules)) {
      const simple = [simplify(expression, new Set(options.operators)), expression].find((e) => constraints.admits(e))
      if (!simple) continue
      const weighedLoss = applyPenalty(loss, physics.penaltyFactor(userOperators.expandExpression(simple)))
      hall.offer({ expression: simple, complexity: complexity(simple, options.complexity), loss: weighedLoss })
    }
  }
  return hall
    .front(floor)
    .filter((member) => member.complexity <= options.maxComplexity)
    .map((member) => {
      const breaks = physics.violations(userOperators.expandExpression(member.expression))
      return breaks.length === 0 ? member : { ...member, breaks }
    })
}

/**
 * A formula with its constants rounded, refitted and unchanged, because the refit may have moved one that a limit depends on. On a
 * table too large for a full fit, one step from the fit to a part of the rows is as good.
 */
function finalForms(
  expression: Expression,
  { fitting, whole }: Tables,
  { names, floor, brief = false }: SearchRules
): FittedFormula[] {
  // the constants of the sample nearly fit a large table
  const iterations = Math.round(Math.min(60, Math.max(4, (brief ? 6e5 : 6e6) / fitting.rows)))
  const refitted = refit(expression, fitting, names, iterations)
  const rounded = roundConstants(refitted, fitting, names, floor)
  if (brief && fitting !== whole) return [lossMeasured(rounded.expression, whole, names)]
  if (fitting === whole) return [rounded, refitted, lossMeasured(expression, whole, names)]
  return [lossMeasured(rounded.expression, whole, names), refit(refitted.expression, whole, names, 1)]
}

function lossMeasured(expression: Expression, table: FitTable, names: readonly string[]): FittedFormula {
  return {
    expression,
    loss: table.lossOf(fromExpression(expression, names, { integers: 'literal', userOperators: table.userOperators }))
  }
}

/** Integers, halves, thirds, quarters near a value. */
export function simpleNumbers(value: number): number[] {
  const near = [1, 2, 3, 4].map((d) => Math.round(value * d) / d)
  return [...new Set(near)].filter(
    (n) => Math.abs(n - value) <= 0.02 * Math.max(0.05, Math.abs(value)) && Math.abs(n) <= 64
  )
}

/** Rounds constants to simple numbers if the loss grows by less than a thousandth or stays below the floor. */
export function roundConstants(
  fitted: FittedFormula,
  table: FitTable,
  names: readonly string[],
  floor: number
): FittedFormula {
  const limit = Math.max(fitted.loss * 1.001, floor)
  let best = fitted
  const count = constantsIn(fitted.expression).length
  for (let k = 0; k < count; k++) {
    const value = constantsIn(best.expression)[k]
    for (const simple of simpleNumbers(value)) {
      if (simple === value) continue
      const tried = setConstant(best.expression, k, simple)
      const loss = table.lossOf(fromExpression(tried, names, { userOperators: table.userOperators }), limit)
      if (loss > limit) continue
      best = { expression: tried, loss }
      break
    }
  }
  return best
}

/** The constants' values; tied ones count once. */
function constantsIn(expression: Expression): number[] {
  const ties = new Set<string>()
  const values: number[] = []
  walk(expression, (node) => {
    if (node.kind !== 'constant' || (isTied(node.name) && ties.has(node.name))) return
    if (isTied(node.name)) ties.add(node.name)
    values.push(node.value)
  })
  return values
}

function setConstant(expression: Expression, index: number, value: number): Expression {
  const places = new Map<string, number>()
  let next = 0
  return mapExpression(expression, (node) => {
    if (node.kind !== 'constant') return node
    const place = (isTied(node.name) ? places.get(node.name) : undefined) ?? next++
    if (isTied(node.name)) places.set(node.name, place)
    // a constant that is now an integer is no longer fitted
    const tie = isTied(node.name) && !Number.isInteger(value) ? node.name : undefined
    return place === index ? constant(value, tie) : node
  })
}
