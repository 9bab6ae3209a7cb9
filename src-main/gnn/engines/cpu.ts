import { availableParallelism, cpus } from 'node:os'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Neighbours, Pairs } from '../../graph/neighbours.ts'
import { native } from '../../native.ts'
import { penaltyWeight } from '../config.ts'
import type { Engine, EngineNetwork } from '../engine.ts'
import { resolveFeatures } from '../features.ts'
import type { GnnConfig, Standardisation } from '../model.ts'

/** What native/graph_network_binding.cpp offers. */
export interface NativeNetwork extends EngineNetwork {
  /** Standardised inputs of the edge function for given pairs, [pairs x edge features] */
  edgeInputs(
    receiver: Uint32Array,
    sender: Uint32Array,
    dx: Float32Array,
    dy: Float32Array,
    dz: Float32Array,
    r: Float32Array,
    threads: number
  ): Promise<Float32Array>
}

interface GnnNative {
  GraphNetwork: new (options: object) => NativeNetwork
  measurePeak(threads: number): Promise<number>
}

export const defaultThreads = (threads?: number): number => threads ?? availableParallelism()

/** GFLOP/s of multiply-adds on registers, all threads together: what no kernel can pass. */
export const measurePeak = (threads: number): Promise<number> => native<GnnNative>().measurePeak(threads)

export const cpuEngine: Engine = {
  id: 'cpu',
  device: `${cpus()[0]?.model.trim() ?? 'CPU'}`,
  createNetwork: (catalog, neighbours, config, standardisation) =>
    Promise.resolve(createNetwork(catalog, neighbours, config, standardisation))
}

/** The network on the CPU, without weights yet. Inputs are standardised here and copied into the kernels' memory. */
export function createNetwork(
  catalog: Catalog,
  neighbours: Neighbours,
  config: GnnConfig,
  standardisation: Standardisation
): NativeNetwork {
  const features = resolveFeatures(catalog, config.edgeFeatures, config.nodeFeatures)
  const { edge, node } = standardisation
  const edgeScale = (name: string): [number, number] => {
    const n = config.edgeFeatures.indexOf(name)
    return [edge.mean[n], edge.scale[n]]
  }
  const receiverCount = features.receiver.length
  const senderCount = features.sender.length
  const edgeScales = features.edgeNames.map(edgeScale)
  const pairScales = edgeScales.slice(receiverCount + senderCount)
  const thousandth = (values: Float32Array): Float32Array => values.map((v) => v / 1000)
  const velocity = features.needsVelocity ? catalog.velocity : null
  return new (native<GnnNative>().GraphNetwork)({
    grid: neighbours.grid,
    receiverTable: table(features.receiver, edgeScales.slice(0, receiverCount), catalog.halos),
    senderTable: table(features.sender, edgeScales.slice(receiverCount, receiverCount + senderCount), catalog.halos),
    nodeTable: table(
      features.node,
      node.mean.map((mean, n) => [mean, node.scale[n]]),
      catalog.halos
    ),
    receiverInputs: receiverCount,
    senderInputs: senderCount,
    nodeInputs: features.node.length,
    vx: velocity ? thousandth(velocity.vx) : null,
    vy: velocity ? thousandth(velocity.vy) : null,
    vz: velocity ? thousandth(velocity.vz) : null,
    kinds: Int32Array.from(features.pair),
    mean: Float32Array.from(pairScales, ([mean]) => mean),
    inverseScale: Float32Array.from(pairScales, ([, scale]) => 1 / scale),
    meanDegree: standardisation.meanDegree,
    edgeHidden: config.edgeHidden,
    nodeHidden: config.nodeHidden,
    messageWidth: config.messageWidth,
    silu: config.activation === 'silu',
    linearSkip: config.linearSkip,
    huber: config.loss.kind === 'huber',
    huberDelta: config.loss.kind === 'huber' ? config.loss.delta : 1,
    penalty: penaltyWeight(config)
  })
}

/** Standardised columns side by side, [halos x columns]. */
function table(columns: Float32Array[], scales: [number, number][], halos: number): Float32Array {
  const width = columns.length
  const result = new Float32Array(halos * width)
  columns.forEach((column, c) => {
    const [mean, scale] = scales[c]
    for (let i = 0; i < halos; i++) result[i * width + c] = (column[i] - mean) / scale
  })
  return result
}

/** Separations of given pairs: sender minus receiver, minimum image where the box is periodic, Mpc/h. */
export function separations(
  catalog: Pick<Catalog, 'x' | 'y' | 'z'>,
  boxSize: number,
  pairs: Pairs
): { dx: Float32Array; dy: Float32Array; dz: Float32Array; r: Float32Array } {
  const count = pairs.receiver.length
  const along = (values: Float32Array): Float32Array => {
    const out = new Float32Array(count)
    for (let n = 0; n < count; n++) {
      const d = values[pairs.sender[n]] - values[pairs.receiver[n]]
      out[n] = boxSize > 0 ? d - boxSize * Math.round(d / boxSize) : d
    }
    return out
  }
  const [dx, dy, dz] = [along(catalog.x), along(catalog.y), along(catalog.z)]
  return { dx, dy, dz, r: dx.map((x, n) => Math.hypot(x, dy[n], dz[n])) }
}
