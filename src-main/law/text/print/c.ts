import type { BoxSize } from '../../../../src-shared/contract/box.ts'
import { printC } from '../../../symbolic/index.ts'
import type { GraphLaw } from '../../graph-law.ts'
import { needsOf } from './needs.ts'

const dot = (a: (k: string) => string, b: (k: string) => string): string =>
  ['0', '1', '2'].map((k) => `${a(k)} * ${b(k)}`).join(' + ')
const velocity = (halo: 'i' | 'j') => (k: string) => `velocity[3 * ${halo} + ${k}]`
const difference = (k: string): string => `(${velocity('j')(k)} - ${velocity('i')(k)})`
const separation = (k: string): string => `d[${k}]`
const speed = (halo: 'i' | 'j'): string => `sqrt(${dot(velocity(halo), velocity(halo))}) / 1000.0`
const cosine = (halo: 'i' | 'j'): string =>
  `${speed(halo)} * r > 0.0 ? (${dot(separation, velocity(halo))}) / 1000.0 / (${speed(halo)} * r) : 0.0`

/** Variables of one halo, and of a pair, from positions in Mpc/h, masses in Msun/h and velocities in km/s. */
const ofHalo = { M_i: 'mass[i] / 1e14', v_i: speed('i') }
const ofPair = {
  M_j: 'mass[j] / 1e14',
  v_j: speed('j'),
  v_ij: `sqrt(${dot(difference, difference)}) / 1000.0`,
  v_r: `r > 0.0 ? (${dot(difference, separation)}) / 1000.0 / r : 0.0`,
  cos_i: cosine('i'),
  cos_j: cosine('j')
}

/** A C function of positions, masses and velocities that finds the neighbours itself. It takes three sides if the box is a cuboid. */
export function lawInC(formula: GraphLaw, boxSize: BoxSize | null): string {
  const cuboid = boxSize !== null && typeof boxSize !== 'number'
  const side = cuboid ? 'box_size[k]' : 'box_size'
  const { summed, pair, either, mass, velocity: moving } = needsOf(formula)
  const declared = (variables: Record<string, string>, isUsed: (name: string) => boolean): string[] =>
    Object.entries(variables)
      .filter(([name]) => isUsed(name))
      .map(([name, value]) => `const double ${name} = ${value};`)
  const loop = [
    'for (size_t j = 0; j < n; j++) {',
    '  if (j == i) continue;',
    '  double d[3];',
    '  for (int k = 0; k < 3; k++) {',
    '    d[k] = position[3 * j + k] - position[3 * i + k];',
    `    if (${side} > 0.0) d[k] -= ${side} * round(d[k] / ${side});`,
    '  }',
    `  const double r = sqrt(${dot(separation, separation)});`,
    '  if (!(r < radius)) continue;',
    ...declared(ofPair, (name) => pair.has(name)).map((line) => `  ${line}`),
    ...summed.map((k) => `  e${k + 1} += ${printC(formula.messages[k])};`),
    '}'
  ]
  const body = [
    ...summed.map((k) => `double e${k + 1} = 0.0;`),
    ...declared(ofHalo, either),
    ...(summed.length > 0 ? loop : []),
    `delta[i] = ${printC(formula.node)};`
  ]
  const unused = [
    ...(mass ? [] : ['mass']),
    ...(moving ? [] : ['velocity']),
    ...(summed.length > 0 ? [] : ['position', 'box_size', 'radius'])
  ]
  return [
    '#include <math.h>',
    '#include <stddef.h>',
    '',
    '// delta: overdensity of each of n halos. position: 3 n numbers, halo by halo, Mpc/h; mass: n, Msun/h; velocity: 3 n, km/s.',
    `// box_size${cuboid ? `: sides along x, y and z (${boxSize.join(', ')} here)` : ''}, radius: Mpc/h; box_size 0: open space.${unused.length > 0 ? ` Not used: ${unused.join(', ')}.` : ''}`,
    'void overdensity(size_t n, const double *position, const double *mass, const double *velocity,' +
      (cuboid ? '' : ' double box_size,'),
    `                 ${cuboid ? 'const double box_size[3], ' : ''}double radius, double *delta) {`,
    ...unused.map((name) => `  (void)${name};`),
    '  for (size_t i = 0; i < n; i++) {',
    ...body.map((line) => `    ${line}`),
    '  }',
    '}',
    ''
  ].join('\n')
}
