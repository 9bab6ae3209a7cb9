import type { Sides } from '../../../src-shared/contract/box.ts'
import type { Catalog } from '../../../src-main/catalog/catalog.ts'
import { buildNeighbours } from '../../../src-main/graph/neighbours.ts'
import type { Neighbours } from '../../../src-main/graph/neighbours.ts'
import type { GnnConfig, GnnState } from '../../../src-main/gnn/network/model.ts'
import type { GnnInput } from '../../../src-main/gnn/training/train-types.ts'
import { initialParameters } from '../../../src-main/gnn/network/parameters.ts'
import { standardise } from '../../../src-main/gnn/training/standardise.ts'
import { Random } from '../../../src-main/random.ts'

/** Halos strewn at random in a periodic box of 100 Mpc/h, with masses, velocities and one extra column. */
export function smallCatalog(halos: number, seed: number, with_ = { mass: true, velocity: true }): Catalog {
  const random = new Random(seed)
  const column = (draw: () => number): Float32Array => Float32Array.from({ length: halos }, draw)
  const position = (): Float32Array => column(() => random.uniform() * 99.9)
  const velocity = (): Float32Array => column(() => 300 * random.normal())
  return {
    path: 'small.csv',
    format: 'csv',
    halos,
    boxSize: 100,
    periodic: true,
    x: position(),
    y: position(),
    z: position(),
    velocity: with_.velocity ? { vx: velocity(), vy: velocity(), vz: velocity() } : null,
    mass: with_.mass ? column(() => 2e13 * Math.exp(random.normal())) : null,
    extra: new Map([['spin', column(() => random.normal())]]),
    columns: [],
    metadata: {},
    warnings: []
  }
}

/** The same catalog stretched into a periodic cuboid with these sides, Mpc/h. */
export function inCuboid(catalog: Catalog, [lx, ly, lz]: Sides): Catalog {
  const stretched = (values: Float32Array, side: number): Float32Array => values.map((value) => (value * side) / 100)
  return {
    ...catalog,
    boxSize: [lx, ly, lz],
    x: stretched(catalog.x, lx),
    y: stretched(catalog.y, ly),
    z: stretched(catalog.z, lz)
  }
}

export function smallGraph(catalog: Catalog, radius = 30): Neighbours {
  return buildNeighbours(catalog, radius)
}

/**
 * A network that was not trained. Biases and outputs are drawn as well, so that no gradient is zero by the start's symmetry.
 */
export async function drawnState(input: GnnInput, config: GnnConfig): Promise<GnnState> {
  const random = new Random(11)
  const parameters = initialParameters(config, random).map((p) => p + 0.1 * random.normal())
  return { config, parameters, standardisation: await standardise(input, config, 3, 2) }
}

export const smallConfig: GnnConfig = {
  edgeHidden: [20, 12],
  nodeHidden: [10],
  messageWidth: 5,
  activation: 'silu',
  edgeFeatures: ['log_mass_i', 'log_mass_j', 'r', 'log_r', 'v_ij'],
  nodeFeatures: ['log_mass', 'speed'],
  linearSkip: false,
  penalty: { kind: 'none', weight: 0 },
  weightDecay: 0,
  clipNorm: 0,
  loss: { kind: 'huber', delta: 0.3 },
  batchReceivers: 32,
  epochs: 3,
  learningRate: 3e-3,
  schedule: { kind: 'cosine' },
  warmup: 0.1,
  patience: 0,
  emaDecay: 0
}
