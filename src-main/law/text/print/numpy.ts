import type { BoxSize } from '../../../../src-shared/contract/box.ts'
import { printNumpy } from '../../../symbolic/index.ts'
import type { GraphLaw } from '../../graph-law.ts'
import { needsOf } from './needs.ts'

/** A NumPy function of positions (and masses, velocities where needed) that finds the neighbours itself. */
export function lawInNumpy(formula: GraphLaw, radius: number, boxSize: BoxSize | null): string {
  const { summed, pair, either, mass, velocity } = needsOf(formula)
  const parameters = ['position', ...(mass ? ['mass'] : []), ...(velocity ? ['velocity'] : [])]
  const numpy = [...formula.messages, formula.node].map((part) => printNumpy(part))
  const lines = [
    'import numpy as np',
    ...(numpy.some((text) => text.includes('math.')) ? ['import math'] : []),
    '',
    '',
    `def overdensity(${parameters.join(', ')}, box_size=${boxSize === null ? 'None' : typeof boxSize === 'number' ? boxSize : `(${boxSize.join(', ')})`}, radius=${radius}):`,
    '    """Overdensity of each halo. position: (n, 3), Mpc/h' +
      (mass ? '; mass: (n,), Msun/h' : '') +
      (velocity ? '; velocity: (n, 3), km/s' : '') +
      `. box_size${boxSize !== null && typeof boxSize !== 'number' ? ': tuple of the sides along x, y and z, or one number, Mpc/h;' : ''} None: open space."""`,
    '    position = np.asarray(position, dtype=float)',
    ...(mass ? ['    M = np.asarray(mass, dtype=float) / 1e14'] : []),
    ...(velocity ? ['    v = np.asarray(velocity, dtype=float) / 1000', '    speed = np.linalg.norm(v, axis=1)'] : []),
    '    delta = np.empty(len(position))',
    '    with np.errstate(all="ignore"):',
    '        for i in range(len(position)):'
  ]
  const body: string[] = []
  if (summed.length > 0) {
    body.push('d = position - position[i]', 'if box_size:', '    d -= box_size * np.round(d / box_size)')
    body.push('r = np.sqrt((d**2).sum(axis=1))', 'near = r < radius', 'near[i] = False', 'd, r = d[near], r[near]')
  }
  if (either('M_i')) body.push('M_i = M[i]')
  if (either('v_i')) body.push('v_i = speed[i]')
  if (pair.has('M_j')) body.push('M_j = M[near]')
  if (pair.has('v_j')) body.push('v_j = speed[near]')
  if (pair.has('v_ij')) body.push('v_ij = np.linalg.norm(v[near] - v[i], axis=1)')
  const quotient = (numerator: string, denominator: string): string =>
    `np.divide(${numerator}, ${denominator}, out=np.zeros(len(r)), where=${denominator} > 0)`
  if (pair.has('v_r')) body.push(`v_r = ${quotient('((v[near] - v[i]) * d).sum(axis=1)', 'r')}`)
  if (pair.has('cos_i')) body.push(`cos_i = ${quotient('d @ v[i]', '(speed[i] * r)')}`)
  if (pair.has('cos_j')) body.push(`cos_j = ${quotient('(v[near] * d).sum(axis=1)', '(speed[near] * r)')}`)
  for (const k of summed) body.push(`e${k + 1} = np.sum((${numpy[k]}) * np.ones(len(r)))`)
  body.push(`delta[i] = ${numpy[numpy.length - 1]}`)
  lines.push(...body.map((line) => `            ${line}`), '    return delta', '')
  return lines.join('\n')
}
