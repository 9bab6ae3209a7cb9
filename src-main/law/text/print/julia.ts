import type { BoxSize } from '../../../../src-shared/contract/box.ts'
import { printJulia } from '../../../symbolic/index.ts'
import type { GraphLaw } from '../../graph-law.ts'
import { needsOf } from './needs.ts'

const speed = (halo: 'i' | 'j'): string => `sqrt(sum(abs2, velocity[${halo}, :])) / 1000`
const cosine = (halo: 'i' | 'j'): string =>
  `${speed(halo)} * r > 0 ? sum(d .* velocity[${halo}, :]) / 1000 / (${speed(halo)} * r) : 0.0`

const ofHalo = { M_i: 'mass[i] / 1e14', v_i: speed('i') }
const ofPair = {
  M_j: 'mass[j] / 1e14',
  v_j: speed('j'),
  v_ij: 'sqrt(sum(abs2, velocity[j, :] .- velocity[i, :])) / 1000',
  v_r: 'r > 0 ? sum((velocity[j, :] .- velocity[i, :]) .* d) / 1000 / r : 0.0',
  cos_i: cosine('i'),
  cos_j: cosine('j')
}

/** A Julia function of positions (and masses, velocities where needed) that finds the neighbours itself. */
export function lawInJulia(formula: GraphLaw, radius: number, boxSize: BoxSize | null): string {
  const cuboid = boxSize !== null && typeof boxSize !== 'number'
  const { summed, pair, either, mass, velocity } = needsOf(formula)
  const parameters = ['position', ...(mass ? ['mass'] : []), ...(velocity ? ['velocity'] : [])]
  const declared = (variables: Record<string, string>, isUsed: (name: string) => boolean): string[] =>
    Object.entries(variables)
      .filter(([name]) => isUsed(name))
      .map(([name, value]) => `${name} = ${value}`)
  const loop = [
    'for j in 1:n',
    '    j == i && continue',
    '    d = position[j, :] .- position[i, :]',
    `    ${cuboid ? 'all(box_size .> 0)' : 'box_size > 0'} && (d .-= box_size .* round.(d ./ box_size))`,
    '    r = sqrt(sum(abs2, d))',
    '    r < radius || continue',
    ...declared(ofPair, (name) => pair.has(name)).map((line) => `    ${line}`),
    ...summed.map((k) => `    e${k + 1} += ${printJulia(formula.messages[k])}`),
    'end'
  ]
  const body = [
    ...summed.map((k) => `e${k + 1} = 0.0`),
    ...declared(ofHalo, either),
    ...(summed.length > 0 ? loop : []),
    `delta[i] = ${printJulia(formula.node)}`
  ]
  const needsErf = body.some((line) => /\berf\(/.test(line))
  return [
    ...(needsErf ? ['using SpecialFunctions', ''] : []),
    '"""Overdensity of each halo. position: n x 3, Mpc/h' +
      (mass ? '; mass: n, Msun/h' : '') +
      (velocity ? '; velocity: n x 3, km/s' : '') +
      `. box_size${cuboid ? ': tuple of the sides along x, y and z, or one number, Mpc/h;' : ''} 0: open space."""`,
    `function overdensity(${parameters.join(', ')}; box_size=${cuboid ? `(${boxSize.join(', ')})` : (boxSize ?? 0)}, radius=${radius})`,
    '    n = size(position, 1)',
    '    delta = zeros(n)',
    '    for i in 1:n',
    ...body.map((line) => `        ${line}`),
    '    end',
    '    return delta',
    'end',
    ''
  ].join('\n')
}
