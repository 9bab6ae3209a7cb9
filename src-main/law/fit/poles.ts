import { Random } from '../../random.ts'
import { constantsOf, evaluate, printText, variablesOf, walk } from '../../symbolic/index.ts'
import type { Expression } from '../../symbolic/index.ts'
import type { GraphLaw } from '../graph-law.ts'
import type { NeighbourSums } from './neighbour-sums.ts'

type Columns = Map<string, Float64Array>

/** Up to how many times the largest mass of the catalog a law is checked: the mass range of a larger box. */
const massesBeyond = 10
const massSteps = 24

/**
 * Warnings of denominators that vanish and of values that are not finite, over the given halos and beyond (masses up to ten
 * times the largest, separations down to zero).
 * @param sums ek of each receiver, as `NeighbourSums.messages` gives them
 */
export async function findPoles(
  formula: GraphLaw,
  graph: NeighbourSums,
  receivers: Uint32Array,
  sums: Float64Array[],
  seed = 0
): Promise<string[]> {
  const { mass } = graph.catalog
  const heaviest = mass ? mass.reduce((most, m) => Math.max(most, m), 0) / 1e14 : 0
  const node = graph.nodeColumns(receivers)
  sums.forEach((column, k) => node.set(`e${k + 1}`, column))
  const warnings = inspect(formula.node, 'node function', node, beyondNode(node, heaviest), heaviest)
  const degrees = await graph.neighbours.degrees()
  if (formula.messages.length === 0 || receivers.every((halo) => degrees[halo] === 0)) return warnings
  const pairs = await graph.neighbours.samplePairs(4000, seed, receivers)
  const pairColumns: Columns = new Map(await graph.pairColumns(pairs))
  const beyond = beyondPairs(pairColumns, heaviest, graph.neighbours.radius, new Random(seed))
  for (const message of formula.messages) warnings.push(...inspect(message, 'message', pairColumns, beyond, heaviest))
  return warnings
}

/** Masses on a grid, against low, middle and high values of everything else. */
function beyondNode(data: Columns, heaviest: number): Columns {
  const sorted = new Map([...data].map(([name, column]) => [name, Float64Array.from(column).sort()]))
  const at = (column: Float64Array, share: number): number => column[Math.round(share * (column.length - 1))]
  const rows: Record<string, number>[] = []
  for (const share of [0, 0.25, 0.5, 0.75, 1])
    for (const speedShare of data.has('v_i') ? [0, 0.5, 1] : [0])
      for (const mass of massGrid(heaviest))
        rows.push(
          Object.fromEntries(
            [...sorted].map(([name, column]) => [
              name,
              name === 'M_i' ? mass : at(column, name === 'v_i' ? speedShare : share)
            ])
          )
        )
  return new Map([...data.keys()].map((name) => [name, Float64Array.from(rows, (row) => row[name])]))
}

/** The pairs themselves with masses redrawn up to ten times the largest, and separations down to zero. */
function beyondPairs(data: Columns, heaviest: number, radius: number, random: Random): Columns {
  const masses = massGrid(heaviest)
  return new Map(
    [...data].map(([name, column]) => [
      name,
      column.map((value) =>
        name === 'r' ? radius * random.uniform() ** 2 : /^M_/.test(name) ? masses[random.integer(masses.length)] : value
      )
    ])
  )
}

function massGrid(heaviest: number): number[] {
  if (heaviest === 0) return [0]
  return Array.from(
    { length: massSteps },
    (_, n) => heaviest * massesBeyond * 10 ** ((-4 * (massSteps - 1 - n)) / (massSteps - 1))
  )
}

function inspect(expression: Expression, what: string, data: Columns, beyond: Columns, heaviest: number): string[] {
  const warnings: string[] = []
  for (const denominator of denominatorsOf(expression)) {
    const text = printText(denominator, { digits: 4 })
    const inside = signsOf(denominator, data)
    if (inside.low < 0 && inside.high > 0) {
      warnings.push(
        `The denominator ${text} of the ${what} changes sign among the halos it was fitted on: the law has a pole there.`
      )
      continue
    }
    const outside = signsOf(denominator, beyond)
    if (Math.min(inside.low, outside.low) > 0 || Math.max(inside.high, outside.high) < 0) continue
    const where = variablesOf(denominator)
    const root = where.length === 1 && where[0].startsWith('M_') ? massOfZero(denominator, where[0], heaviest) : null
    warnings.push(
      root === null
        ? `The denominator ${text} of the ${what} vanishes within ten times the largest mass of the catalog: the law has a pole beyond the data.`
        : `The denominator ${text} of the ${what} vanishes at ${where[0]} = ${root.toPrecision(3)}e14 Msun/h, ${root < heaviest ? `below the largest mass here (${heaviest.toPrecision(3)}e14): the law has a pole among halos it was not fitted on.` : `above the largest mass here (${heaviest.toPrecision(3)}e14): the law has a pole in a larger box.`}`
    )
  }
  const count = (columns: Columns): number => {
    const rows = [...columns.values()][0]?.length ?? 1
    return evaluate(expression, columns, rows).reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0) / rows
  }
  if (warnings.length === 0) {
    if (count(data) > 0)
      warnings.push(
        `The ${what} is not finite for ${(100 * count(data)).toPrecision(2)} % of the halos or pairs that were checked.`
      )
    else if (count(beyond) > 0)
      warnings.push(`The ${what} is not finite everywhere up to ten times the largest mass of the catalog.`)
  }
  return warnings
}

/** All divisors: denominators, and bases of powers with a negative exponent. */
function denominatorsOf(expression: Expression): Expression[] {
  const divisors: Expression[] = []
  walk(expression, (part) => {
    if (part.kind !== 'call') return
    if (part.op === '/') divisors.push(part.args[1])
    if (part.op === 'inv') divisors.push(part.args[0])
    if (part.op === '^' && part.args[1].kind === 'constant' && part.args[1].value < 0) divisors.push(part.args[0])
  })
  return divisors.filter(
    (part) =>
      variablesOf(part).length > 0 &&
      (variablesOf(part).length > 1 || constantsOf(part).length > 0 || part.kind === 'call')
  )
}

function signsOf(expression: Expression, columns: Columns): { low: number; high: number } {
  const rows = [...columns.values()][0]?.length ?? 1
  let low = Infinity
  let high = -Infinity
  for (const value of evaluate(expression, columns, rows)) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return { low, high }
}

/** The lowest mass (1e14 Msun/h) at which an expression in one mass changes sign, by bisection between grid masses. */
function massOfZero(expression: Expression, name: string, heaviest: number): number | null {
  const at = (mass: number): number => evaluate(expression, new Map([[name, [mass]]]), 1)[0]
  const grid = massGrid(heaviest)
  const n = grid.findIndex((mass, k) => k > 0 && Math.sign(at(mass)) !== Math.sign(at(grid[k - 1])))
  if (n < 0) return null
  let [low, high] = [grid[n - 1], grid[n]]
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (Math.sign(at(middle)) === Math.sign(at(low))) low = middle
    else high = middle
  }
  return high
}
