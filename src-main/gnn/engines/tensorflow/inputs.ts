import type * as tfjs from '@tensorflow/tfjs'
import { sidesOf } from '../../../../src-shared/contract/box.ts'
import type { Sides } from '../../../../src-shared/contract/box.ts'
import type { Neighbours } from '../../../graph/neighbours.ts'
import { pairFeatures } from '../../network/features.ts'
import type { NetworkSetup } from '../../network/engine.ts'
import { networkInputs } from '../shared/inputs.ts'
import type { NetworkInputs, InputTable } from '../shared/inputs.ts'
import type { Tf } from './library.ts'

/** Edges of some receivers as tensors; a table without columns is null, because TensorFlow rejects empty matrices. */
export interface EdgeBatch {
  receivers: number
  edges: number
  /** Features of each receiver, [receivers x columns] */
  receiver: tfjs.Tensor2D | null
  node: tfjs.Tensor2D | null
  /** Features of sender and pair, [edges x columns] */
  edge: tfjs.Tensor2D | null
  /** Row of each edge's receiver, [edges]; the edges of one receiver are consecutive */
  segment: tfjs.Tensor1D
}

/** Edges by halo index. */
export interface EdgeList {
  receivers: Uint32Array
  segment: Int32Array
  sender: Int32Array
}

/** Sender minus receiver, [edges] each, Mpc/h */
export interface Separations {
  dx: tfjs.Tensor1D
  dy: tfjs.Tensor1D
  dz: tfjs.Tensor1D
  r: tfjs.Tensor1D
}

/** A catalog's halos in the backend's memory, and the edge features computed from them. */
export class HaloTensors {
  private readonly tf: Tf
  /** Of the periodic box, Mpc/h; null in open space */
  private readonly sides: Sides | null
  private readonly pairs: NetworkInputs['pairs']
  private readonly tables: Record<'receiver' | 'sender' | 'node', tfjs.Tensor2D | null>
  private readonly positions: tfjs.Tensor1D[]
  private readonly velocity: tfjs.Tensor1D[] | null

  constructor(tf: Tf, { catalog, neighbours, config, standardisation }: NetworkSetup) {
    const inputs = networkInputs(catalog, config, standardisation)
    const table = ({ columns, values }: InputTable): tfjs.Tensor2D | null =>
      columns === 0 ? null : tf.tensor2d(values, [catalog.halos, columns])
    this.tf = tf
    this.sides = neighbours.boxSize === null ? null : sidesOf(neighbours.boxSize)
    this.pairs = inputs.pairs
    this.tables = { receiver: table(inputs.receiver), sender: table(inputs.sender), node: table(inputs.node) }
    this.positions = [catalog.x, catalog.y, catalog.z].map((values) => tf.tensor1d(values))
    const { velocity } = inputs
    this.velocity = velocity && [velocity.x, velocity.y, velocity.z].map((values) => tf.tensor1d(values))
  }

  /** Tensors of the list; call it within tidy. Without `separations` they follow from the positions, minimum image where periodic. */
  batch(list: EdgeList, separations?: Separations): EdgeBatch {
    const { tf, tables } = this
    const halo = tf.tensor1d(Int32Array.from(list.receivers), 'int32')
    const segment = tf.tensor1d(list.segment, 'int32')
    return {
      receivers: list.receivers.length,
      edges: list.segment.length,
      receiver: tables.receiver && tf.gather(tables.receiver, halo),
      node: tables.node && tf.gather(tables.node, halo),
      edge: list.segment.length > 0 ? this.edgeColumns(tf.gather(halo, segment), list.sender, separations) : null,
      segment
    }
  }

  dispose(): void {
    this.tf.dispose([...Object.values(this.tables), ...this.positions, ...(this.velocity ?? [])] as tfjs.Tensor[])
  }

  private edgeColumns(receiver: tfjs.Tensor1D, senders: Int32Array, separations?: Separations): tfjs.Tensor2D | null {
    const { tf, tables, pairs } = this
    const sender = tf.tensor1d(senders, 'int32')
    const columns: tfjs.Tensor2D[] = []
    if (tables.sender) columns.push(tf.gather(tables.sender, sender))
    if (pairs.length > 0)
      columns.push(this.pairColumns(receiver, sender, separations ?? this.separationsOf(receiver, sender)))
    return columns.length > 0 ? tf.concat(columns, 1) : null
  }

  private separationsOf(receiver: tfjs.Tensor1D, sender: tfjs.Tensor1D): Separations {
    const { tf, sides } = this
    const [dx, dy, dz] = this.positions.map((axis, n) => {
      const d = tf.gather(axis, sender).sub(tf.gather(axis, receiver))
      return (sides ? d.sub(d.div(sides[n]).round().mul(sides[n])) : d) as tfjs.Tensor1D
    })
    return { dx, dy, dz, r: length([dx, dy, dz]) }
  }

  /** Pair features by their definition in features.ts, standardised, [edges x pairs]. */
  private pairColumns(receiver: tfjs.Tensor1D, sender: tfjs.Tensor1D, separations: Separations): tfjs.Tensor2D {
    const { tf } = this
    const { dx, dy, dz, r } = separations
    const d = [dx, dy, dz]
    const velocityOf = (index: tfjs.Tensor1D): tfjs.Tensor1D[] =>
      (this.velocity ?? []).map((axis) => tf.gather(axis, index))
    const [receiverVelocity, senderVelocity] = [velocityOf(receiver), velocityOf(sender)]
    const relative = senderVelocity.map((v, axis) => v.sub(receiverVelocity[axis]) as tfjs.Tensor1D)
    const alongD = (v: tfjs.Tensor1D[], norm: tfjs.Tensor): tfjs.Tensor => tf.divNoNan(dot(v, d), norm)
    const values: Record<string, () => tfjs.Tensor> = {
      r: () => r,
      log_r: () => r.maximum(1e-3).log(),
      inv_r: () => r.add(1).reciprocal(),
      dx: () => dx,
      dy: () => dy,
      dz: () => dz,
      dvx: () => relative[0],
      dvy: () => relative[1],
      dvz: () => relative[2],
      cos_i: () => alongD(receiverVelocity, r.mul(length(receiverVelocity))),
      cos_j: () => alongD(senderVelocity, r.mul(length(senderVelocity))),
      v_ij: () => length(relative),
      v_r: () => alongD(relative, r)
    }
    const columns = this.pairs.map(
      ({ kind, mean, scale }) => values[pairFeatures[kind].name]().sub(mean).div(scale) as tfjs.Tensor1D
    )
    return tf.stack(columns, 1) as tfjs.Tensor2D
  }
}

function dot(a: tfjs.Tensor1D[], b: tfjs.Tensor1D[]): tfjs.Tensor1D {
  return a[0].mul(b[0]).add(a[1].mul(b[1])).add(a[2].mul(b[2])) as tfjs.Tensor1D
}

function length(v: tfjs.Tensor1D[]): tfjs.Tensor1D {
  return dot(v, v).sqrt() as tfjs.Tensor1D
}

/** All edges of the receivers. */
export function edgesOf(neighbours: Neighbours, receivers: Uint32Array): EdgeList {
  const lists = Array.from(receivers, (halo) => neighbours.of(halo).index)
  const edges = lists.reduce((sum, list) => sum + list.length, 0)
  const segment = new Int32Array(edges)
  const sender = new Int32Array(edges)
  let at = 0
  lists.forEach((list, row) => {
    segment.fill(row, at, at + list.length)
    sender.set(list, at)
    at += list.length
  })
  return { receivers, segment, sender }
}
