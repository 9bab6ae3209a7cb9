import type { Catalog } from '../../../catalog/catalog.ts'
import { resolveFeatures } from '../../network/features.ts'
import type { GnnConfig, Standardisation } from '../../network/model.ts'

/** A network's inputs from a catalog, standardised, in the form that engines read. */
export interface NetworkInputs {
  /** Features of the receiver, of the sender and of the node function, [halos x columns], row-major */
  receiver: InputTable
  sender: InputTable
  node: InputTable
  /** Pair features by their index in pairFeatures; computed per edge as (value - mean) / scale */
  pairs: { kind: number; mean: number; scale: number }[]
  /** 1000 km/s; null if no pair feature needs velocities */
  velocity: { x: Float32Array; y: Float32Array; z: Float32Array } | null
}

export interface InputTable {
  columns: number
  values: Float32Array
}

/** @throws HalolawError `bad-input` naming a feature that the catalog lacks */
export function networkInputs(
  catalog: Catalog,
  config: Pick<GnnConfig, 'edgeFeatures' | 'nodeFeatures'>,
  { edge, node }: Standardisation
): NetworkInputs {
  const features = resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures)
  const scales = features.edgeNames.map((name): [number, number] => {
    const n = config.edgeFeatures.indexOf(name)
    return [edge.mean[n], edge.scale[n]]
  })
  const receivers = features.receiver.length
  const halos = receivers + features.sender.length
  const thousandth = (values: Float32Array): Float32Array => values.map((v) => v / 1000)
  const velocity = features.needsVelocity ? catalog.velocity : null
  return {
    receiver: table(features.receiver, scales.slice(0, receivers), catalog.halos),
    sender: table(features.sender, scales.slice(receivers, halos), catalog.halos),
    node: table(
      features.node,
      node.mean.map((mean, n) => [mean, node.scale[n]]),
      catalog.halos
    ),
    pairs: features.pair.map((kind, n) => ({ kind, mean: scales[halos + n][0], scale: scales[halos + n][1] })),
    velocity: velocity && { x: thousandth(velocity.vx), y: thousandth(velocity.vy), z: thousandth(velocity.vz) }
  }
}

function table(columns: Float32Array[], scales: [number, number][], halos: number): InputTable {
  const width = columns.length
  const values = new Float32Array(halos * width)
  columns.forEach((column, c) => {
    const [mean, scale] = scales[c]
    for (let i = 0; i < halos; i++) values[i * width + c] = (column[i] - mean) / scale
  })
  return { columns: width, values }
}
