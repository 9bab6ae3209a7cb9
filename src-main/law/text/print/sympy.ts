import { printSympy } from '../../../symbolic/index.ts'
import type { GraphLaw } from '../../graph-law.ts'
import { needsOf } from './needs.ts'

/** The columns and pair matrices of a law as SymPy indexes them, from i's neighbours j. */
const ofHalo = { M_i: 'M[i]', v_i: 'v[i]' }
const ofPair = {
  M_j: 'M[j]',
  r: 'r[i, j]',
  v_j: 'v[j]',
  v_ij: 'v_ij[i, j]',
  v_r: 'v_r[i, j]',
  cos_i: 'cos_i[i, j]',
  cos_j: 'cos_j[i, j]'
}
const meaning: Record<string, string> = {
  M: 'masses, 1e14 Msun/h',
  v: 'speeds, 1000 km/s',
  r: 'separations, Mpc/h',
  v_ij: 'relative speeds, 1000 km/s',
  v_r: 'relative velocities along the separation, 1000 km/s',
  cos_i: 'cosines between the velocity of i and the separation',
  cos_j: 'cosines between the velocity of j and the separation'
}

/**
 * A SymPy module: `delta` of halo i, each message summed over its neighbours by their number k. A list of neighbours rather than a
 * condition on r: SymPy loses the index of a sum where a condition within it meets one around it.
 */
export function lawInSympy(formula: GraphLaw, radius: number): string {
  const { summed, either } = needsOf(formula)
  const names = new Map(Object.entries({ ...ofHalo, ...ofPair }))
  const used = new Set([...names].filter(([name]) => either(name)).map(([, indexed]) => indexed.replace(/\[.*/, '')))
  const neighbours = [
    'k = sp.Symbol("k", integer=True, nonnegative=True)',
    'count = sp.IndexedBase("count", integer=True)  # number of neighbours of each halo',
    `near = sp.IndexedBase("near", integer=True)  # near[i, k]: neighbour k of halo i, closer than ${radius} Mpc/h`,
    'j = near[i, k]'
  ]
  return [
    'import sympy as sp',
    '',
    '# delta: overdensity of halo i',
    'i = sp.Symbol("i", integer=True, nonnegative=True)',
    ...(summed.length > 0 ? neighbours : []),
    ...Object.entries(meaning)
      .filter(([name]) => used.has(name))
      .map(([name, what]) => `${name} = sp.IndexedBase("${name}", real=True)  # ${what}`),
    ...summed.map((k) => `e${k + 1} = sp.Sum(${printSympy(formula.messages[k], {}, names)}, (k, 0, count[i] - 1))`),
    `delta = sp.sympify(${printSympy(formula.node, {}, names)})`,
    ''
  ].join('\n')
}
