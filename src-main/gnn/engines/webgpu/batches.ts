import { badInput } from '../../../../src-shared/errors.ts'
import type { TrainingSteps } from '../../network/engine.ts'
import { stepFactors } from '../shared/adam.ts'
import { rowBytes } from './wgsl/kernel.ts'
import type { Batch } from './wgsl/kernel.ts'
import { nodeBlocks } from './wgsl/node-kernel.ts'

/** Receivers of a batch whose edges are computed together: as many as fit into the edge buffer. */
export interface Part {
  /** Index of its first receiver in the batch */
  first: number
  rows: number
  edges: number
}

export interface Capacity {
  rows: number
  edges: number
}

/** How a network's work is divided: into parts, blocks of edges, and at most `groups` workgroups that share the blocks. */
export interface Cut {
  capacity: Capacity
  blockEdges: number
  groups: number
}

/** [halos] each: place in the cell grid, and number of edges. */
export interface PlacedHalos {
  place: Uint32Array
  degrees: Uint32Array
}

/** Cuts receivers, described by their degrees, into parts; a receiver with more edges than the capacity forms a part by itself. */
function partsOf(degrees: Iterable<number>, capacity: Capacity): Part[] {
  const parts: Part[] = []
  let part: Part = { first: 0, rows: 0, edges: 0 }
  for (const degree of degrees) {
    if (part.rows > 0 && (part.rows === capacity.rows || part.edges + degree > capacity.edges)) {
      parts.push(part)
      part = { first: part.first + part.rows, rows: 0, edges: 0 }
    }
    part.rows++
    part.edges += degree
  }
  if (part.rows > 0) parts.push(part)
  return parts
}

/** Order of the receivers by their place in the cell grid, so that neighbouring halos are processed together. */
function nearOrder(receivers: Uint32Array, place: Uint32Array): Uint32Array {
  const keys = Float64Array.from(receivers, (halo, n) => place[halo] * 2 ** 21 + n).sort()
  return Uint32Array.from(keys, (key) => key % 2 ** 21)
}

/** Most receivers that `nearOrder` can sort: a key of 53 bits holds their index and the place. */
const mostReceivers = 2 ** 21

/** A part of a forward pass; members that only training reads are zero. */
export function batchOf(part: Part, { blockEdges, groups }: Omit<Cut, 'capacity'>): Batch {
  const blocks = Math.ceil(part.edges / blockEdges)
  return {
    firstRow: part.first,
    rowInBatch: part.first,
    rows: part.rows,
    edges: part.edges,
    blocks,
    groups: Math.min(groups, blocks),
    nodeGroups: Math.min(groups, nodeBlocks(part.rows)),
    fresh: 1,
    step: 0,
    seed: 0,
    draw: 0,
    batchRows: part.rows,
    edgeShares: 0,
    nodeShares: 0,
    perReceiver: 0,
    perEdge: 0,
    rate: 0,
    correction1: 1,
    correction2: 1,
    averageDecay: 0,
    weightDecay: 0,
    clipNorm: 0
  }
}

/**
 * Receivers of a forward pass, sorted by place and cut into parts.
 * @returns index in `receivers` of each row, the rows in the kernels' format, and the parts
 */
export function batchesOf(
  receivers: Uint32Array,
  halos: PlacedHalos,
  cut: Cut
): { order: Uint32Array; rows: ArrayBuffer; batches: Batch[] } {
  const rows = new ArrayBuffer(receivers.length * rowBytes)
  const { order, parts } = layOut({ rows, at: 0 }, receivers, halos, cut.capacity)
  return { order, rows, batches: parts.map((part) => batchOf(part, cut)) }
}

/** A step's parts: numbers `first`, first + 1, ... among all batches of the call. */
export interface Step {
  parts: Batch[]
  first: number
}

/**
 * Optimiser steps, each a batch cut into parts.
 * @param before number of earlier steps
 * @throws HalolawError `bad-input` if a batch has more receivers than can be sorted
 */
export function batchedSteps(
  options: Omit<TrainingSteps, 'threads'>,
  before: number,
  halos: PlacedHalos,
  cut: Cut
): { rows: ArrayBuffer; batches: Batch[]; steps: Step[] } {
  const { receivers, batch, target, rates, penalties, seed } = options
  if (batch > mostReceivers)
    throw badInput(`A batch of ${batch} receivers is too large for this engine; use at most ${mostReceivers}.`)
  const rows = new ArrayBuffer(receivers.length * rowBytes)
  const batches: Batch[] = []
  const steps = Array.from(rates, (rate, step): Step => {
    const begin = step * batch
    const some = receivers.subarray(begin, begin + batch)
    const { parts } = layOut({ rows, at: begin }, some, halos, cut.capacity, target)
    const edges = parts.reduce((sum, part) => sum + part.edges, 0)
    const cutParts = parts.map((part) => batchOf(part, cut))
    const shared: Partial<Batch> = {
      step,
      seed: seed >>> 0,
      draw: before + step,
      fresh: parts.length > 1 ? 0 : 1,
      batchRows: some.length,
      edgeShares: Math.max(0, ...cutParts.map(({ groups }) => groups)),
      nodeShares: Math.max(0, ...cutParts.map(({ nodeGroups }) => nodeGroups)),
      perReceiver: 1 / some.length,
      perEdge: edges > 0 ? penalties[step] / edges : 0,
      rate,
      ...stepFactors(before + step + 1, options.averageDecay),
      weightDecay: options.weightDecay,
      clipNorm: options.clipNorm
    }
    const first = batches.length
    batches.push(...cutParts.map((part) => ({ ...part, ...shared, firstRow: begin + part.firstRow })))
    return { parts: batches.slice(first), first }
  })
  return { rows, batches, steps }
}

/** Position of a row in the buffer of rows. */
interface RowPosition {
  rows: ArrayBuffer
  at: number
}

function layOut(
  position: RowPosition,
  receivers: Uint32Array,
  halos: PlacedHalos,
  capacity: Capacity,
  target?: Float32Array
): { order: Uint32Array; parts: Part[] } {
  const order = nearOrder(receivers, halos.place)
  const sorted = order.map((n) => receivers[n])
  const parts = partsOf(
    sorted.map((halo) => halos.degrees[halo]),
    capacity
  )
  writeRows(position, sorted, parts, halos, target)
  return { order, parts }
}

/** Writes sorted receivers in the kernels' format: place, begin and end of their edges in their part, true value. */
function writeRows(
  { rows, at }: RowPosition,
  sorted: Uint32Array,
  parts: Part[],
  halos: PlacedHalos,
  target?: Float32Array
): void {
  const u32 = new Uint32Array(rows, at * rowBytes)
  const f32 = new Float32Array(rows, at * rowBytes)
  for (const part of parts) {
    let edge = 0
    for (let n = part.first; n < part.first + part.rows; n++) {
      const halo = sorted[n]
      u32[4 * n] = halos.place[halo]
      u32[4 * n + 1] = edge
      edge += halos.degrees[halo]
      u32[4 * n + 2] = edge
      f32[4 * n + 3] = target?.[halo] ?? 0
    }
  }
}
