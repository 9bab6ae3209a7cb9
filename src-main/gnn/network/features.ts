import { badInput } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'

/**
 * An input of the network.
 *
 * A halo feature is one of `haloFeatures` or an extra column of the catalog. In the edge function its name carries the halo:
 * `log_mass_i` of the receiver, `log_mass_j` of the sender; in the node function it has no suffix. A pair feature belongs to
 * the edge. The model standardises all features.
 */
export interface Feature {
  name: string
  unit: string | null
  meaning: string
  needs: 'mass' | 'velocity' | null
}

/** Features of one halo. */
const haloFeatures: readonly Feature[] = [
  { name: 'log_mass', unit: null, meaning: 'log10 of the mass in 1e14 Msun/h', needs: 'mass' },
  { name: 'mass', unit: '1e14 Msun/h', meaning: 'halo mass', needs: 'mass' },
  {
    name: 'sqrt_mass',
    unit: '(1e14 Msun/h)^0.5',
    meaning: 'square root of the mass: between log_mass and mass',
    needs: 'mass'
  },
  { name: 'speed', unit: '1000 km/s', meaning: 'length of the peculiar velocity', needs: 'velocity' }
]

/**
 * Features of a pair; the separation is sender minus receiver, minimum image. The index in this list is the native kernel's
 * number of the feature (PairKind).
 */
export const pairFeatures: readonly Feature[] = [
  { name: 'r', unit: 'Mpc/h', meaning: 'separation', needs: null },
  { name: 'log_r', unit: null, meaning: 'natural logarithm of the separation in Mpc/h', needs: null },
  { name: 'dx', unit: 'Mpc/h', meaning: 'separation along x (not invariant under rotation)', needs: null },
  { name: 'dy', unit: 'Mpc/h', meaning: 'separation along y (not invariant under rotation)', needs: null },
  { name: 'dz', unit: 'Mpc/h', meaning: 'separation along z (not invariant under rotation)', needs: null },
  {
    name: 'cos_i',
    unit: null,
    meaning: 'cosine between the separation and the velocity of the receiver',
    needs: 'velocity'
  },
  {
    name: 'cos_j',
    unit: null,
    meaning: 'cosine between the separation and the velocity of the sender',
    needs: 'velocity'
  },
  { name: 'v_ij', unit: '1000 km/s', meaning: 'relative speed |v_j - v_i|', needs: 'velocity' },
  {
    name: 'v_r',
    unit: '1000 km/s',
    meaning: 'relative velocity along the separation; infall is negative',
    needs: 'velocity'
  },
  {
    name: 'dvx',
    unit: '1000 km/s',
    meaning: 'relative velocity along x (not invariant under rotation)',
    needs: 'velocity'
  },
  {
    name: 'dvy',
    unit: '1000 km/s',
    meaning: 'relative velocity along y (not invariant under rotation)',
    needs: 'velocity'
  },
  {
    name: 'dvz',
    unit: '1000 km/s',
    meaning: 'relative velocity along z (not invariant under rotation)',
    needs: 'velocity'
  },
  { name: 'inv_r', unit: '1/(Mpc/h)', meaning: '1 / (r + 1 Mpc/h)', needs: null }
]

/** Edge features by where they enter: those of the receiver once per receiver, the others once per edge. */
export interface ResolvedFeatures {
  /** Halo features of the receiver, of the sender, and of the node function: one column each, [halos]. */
  receiver: Float32Array[]
  sender: Float32Array[]
  node: Float32Array[]
  /** Indices into pairFeatures */
  pair: number[]
  /** Names in the network's order: receiver, sender, pair */
  edgeNames: string[]
  needsVelocity: boolean
}

type Columns = Pick<Catalog, 'halos' | 'mass' | 'velocity' | 'extra'>

/** Edge feature names of receiver, sender and pair, in the order of the network's first rows of weights. */
export function splitEdgeFeatures(names: readonly string[]): { receiver: string[]; sender: string[]; pair: string[] } {
  const isPair = (name: string): boolean => pairFeatures.some((feature) => feature.name === name)
  const halo = names.filter((name) => !isPair(name))
  const unknown = halo.find((name) => !/.+_[ij]$/.test(name))
  if (unknown !== undefined)
    throw badInput(
      `The edge feature "${unknown}" is not known; write a pair feature (${pairFeatures.map((f) => f.name).join(', ')}) or a halo feature that ends in _i (receiver) or _j (sender), such as log_mass_j.`
    )
  return {
    receiver: halo.filter((name) => name.endsWith('_i')),
    sender: halo.filter((name) => name.endsWith('_j')),
    pair: names.filter(isPair)
  }
}

/**
 * The columns behind feature names.
 * @throws HalolawError `bad-input` naming a feature that is unknown, repeated, or missing from this catalog
 */
export function resolveFeatures(
  catalog: Columns,
  edgeFeatures: readonly string[],
  nodeFeatures: readonly string[]
): ResolvedFeatures {
  for (const names of [edgeFeatures, nodeFeatures]) {
    const twice = names.find((name, n) => names.indexOf(name) !== n)
    if (twice !== undefined) throw badInput(`The feature "${twice}" occurs twice; name each feature once.`)
  }
  const { receiver, sender, pair } = splitEdgeFeatures(edgeFeatures)
  const kinds = pair.map((name) => pairFeatures.findIndex((feature) => feature.name === name))
  for (const kind of kinds) refuseMissing(catalog, pairFeatures[kind])
  return {
    receiver: receiver.map((name) => haloColumn(catalog, name.slice(0, -2), name)),
    sender: sender.map((name) => haloColumn(catalog, name.slice(0, -2), name)),
    node: nodeFeatures.map((name) => haloColumn(catalog, name, name)),
    pair: kinds,
    edgeNames: [...receiver, ...sender, ...pair],
    needsVelocity: kinds.some((kind) => pairFeatures[kind].needs === 'velocity')
  }
}

/** Extra columns of the catalog that feature names read. */
export function extraColumnsOf(edgeFeatures: readonly string[], nodeFeatures: readonly string[]): string[] {
  const { receiver, sender } = splitEdgeFeatures(edgeFeatures)
  const names = [...[...receiver, ...sender].map((name) => name.slice(0, -2)), ...nodeFeatures]
  return [...new Set(names.filter((name) => !haloFeatures.some((feature) => feature.name === name)))]
}

/** The physical quantity of a feature; null for an extra column of the catalog. */
export function featureQuantity(name: string): 'mass' | 'velocity' | 'separation' | null {
  const haloName = name.replace(/_[ij]$/, '')
  const pair = pairFeatures.find((feature) => feature.name === name)
  if (pair) return pair.needs ?? 'separation'
  return haloFeatures.find((feature) => feature.name === name || feature.name === haloName)?.needs ?? null
}

/** Unit of a feature by its name in an edge or node function; `columnUnit` gives that of the catalog's extra columns. */
export function featureUnit(name: string, columnUnit: (column: string) => string | null): string | null {
  const pair = pairFeatures.find((feature) => feature.name === name)
  if (pair) return pair.unit
  const haloName = name.replace(/_[ij]$/, '')
  const halo = haloFeatures.find((feature) => feature.name === name || feature.name === haloName)
  return halo ? halo.unit : (columnUnit(name) ?? columnUnit(haloName))
}

/** The rotation- and translation-invariant features that the catalog's columns allow. */
export function defaultFeatures(catalog: Pick<Catalog, 'mass' | 'velocity'>): { edge: string[]; node: string[] } {
  const has = (feature: Feature): boolean =>
    feature.needs === null || (feature.needs === 'mass' ? catalog.mass !== null : catalog.velocity !== null)
  const pick = (names: readonly string[], list: readonly Feature[]): string[] =>
    names.filter((name) =>
      list.some((feature) => (feature.name === name || feature.name === name.replace(/_[ij]$/, '')) && has(feature))
    )
  return {
    edge: [
      ...pick(['log_mass_i', 'log_mass_j', 'mass_j', 'sqrt_mass_j'], haloFeatures),
      ...pick(['r', 'log_r', 'inv_r', 'v_ij', 'v_r', 'cos_i', 'cos_j'], pairFeatures)
    ],
    node: pick(['log_mass', 'mass', 'speed'], haloFeatures)
  }
}

function refuseMissing(catalog: Columns, feature: Feature): void {
  const missing =
    feature.needs === 'mass' ? catalog.mass === null : feature.needs === 'velocity' && catalog.velocity === null
  if (missing)
    throw badInput(
      `The feature "${feature.name}" needs ${feature.needs === 'mass' ? 'masses' : 'velocities'}, which the catalog does not have; leave it out, or map a column to ${feature.needs} with --map.`
    )
}

function haloColumn(catalog: Columns, name: string, writtenName: string): Float32Array {
  const feature = haloFeatures.find((candidate) => candidate.name === name)
  if (feature) refuseMissing(catalog, feature)
  const { mass, velocity } = catalog
  if (mass && name === 'log_mass') return mass.map((m) => Math.log10(m / 1e14))
  if (mass && name === 'mass') return mass.map((m) => m / 1e14)
  if (mass && name === 'sqrt_mass') return mass.map((m) => Math.sqrt(m / 1e14))
  if (velocity && name === 'speed')
    return velocity.vx.map((vx, i) => Math.hypot(vx, velocity.vy[i], velocity.vz[i]) / 1000)
  const column = catalog.extra.get(name)
  if (!column)
    throw badInput(
      `The feature "${writtenName}" is not known; the catalog's extra columns are ${[...catalog.extra.keys()].join(', ') || 'none'}, and the built-in features of a halo ${haloFeatures.map((f) => f.name).join(', ')}.`
    )
  const bad = column.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0)
    throw badInput(
      `The feature "${writtenName}" is not a finite number for halo ${bad}; mend the column "${name}" or leave the feature out.`
    )
  return Float32Array.from(column)
}
