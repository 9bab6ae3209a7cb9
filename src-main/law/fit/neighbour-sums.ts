import { availableParallelism } from 'node:os'
import { badInput } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { HaloGraph } from '../../graph/halo-graph.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import type { Pairs } from '../../graph/pairs.ts'
import { native } from '../../native.ts'
import { compile, constantsOf, variablesOf } from '../../symbolic/index.ts'
import type { Expression } from '../../symbolic/index.ts'
import { pairVariables } from '../graph-law.ts'
import type { PairVariable } from '../graph-law.ts'
import type { Output } from './robust-fit.ts'

/** Native sums over neighbours (pair_sums.cpp). Receivers are cut into pieces so that results stay small. */
interface NativePairSums {
  messages(
    receivers: Uint32Array,
    programs: { code: Int32Array; constants: Float64Array; parameters: number }[],
    derivatives: boolean,
    threads: number,
    cached?: object
  ): Promise<Float64Array>
  /** The receivers' neighbours, for `messages` */
  find(receivers: Uint32Array): object
  shells(receivers: Uint32Array, edges: Float32Array, threads: number): Promise<Float64Array>
  columns(receiver: Uint32Array, sender: Uint32Array, variables: number[]): Promise<Float64Array>
}

interface NativeModule {
  PairSums: new (
    grid: object,
    mass: Float32Array | null,
    vx: Float32Array | null,
    vy: Float32Array | null,
    vz: Float32Array | null
  ) => NativePairSums
}

/** One message summed over the neighbours of each receiver, and the sums' derivatives by its constants. */
export interface MessageSums {
  sums: Float64Array
  derivatives: Map<string, Float64Array>
}

/** The halos of one catalog on one graph, ready for sums over neighbours. */
export class NeighbourSums {
  readonly catalog: Catalog
  readonly neighbours: Neighbours
  private readonly sums: NativePairSums
  private readonly cached = new WeakMap<Uint32Array, object>()

  constructor({ catalog, neighbours }: HaloGraph) {
    if (catalog.halos !== neighbours.halos)
      throw badInput(
        `The graph was built for ${neighbours.halos} halos and the catalog has ${catalog.halos}; build it again.`
      )
    const { mass, velocity } = catalog
    this.catalog = catalog
    this.neighbours = neighbours
    this.sums = new (native<NativeModule>().PairSums)(
      neighbours.grid,
      mass,
      velocity?.vx ?? null,
      velocity?.vy ?? null,
      velocity?.vz ?? null
    )
  }

  /** @throws HalolawError `bad-input` when the expression needs masses or velocities that the catalog lacks. */
  requireColumns(expression: Expression): void {
    for (const name of variablesOf(expression)) {
      if (/^M_/.test(name) && !this.catalog.mass)
        throw badInput(
          `The law uses ${name}, but ${this.catalog.path} has no masses; map a column to mass or use a law without it.`
        )
      if (/^(v_|cos_)/.test(name) && !this.catalog.velocity)
        throw badInput(
          `The law uses ${name}, but ${this.catalog.path} has no velocities; map columns to vx, vy and vz or use a law without it.`
        )
    }
  }

  /**
   * Caches the neighbours of these receivers as long as this array object lives, for the many sums of a search, because finding
   * them takes most of a short sum's time. It takes 20 bytes per pair: for samples only.
   */
  cacheNeighbours(receivers: Uint32Array): void {
    if (!this.cached.has(receivers)) this.cached.set(receivers, this.sums.find(receivers))
  }

  /** Sums of every message, one per receiver in their order; float64, the same for any number of threads. */
  async messages(
    messages: readonly Expression[],
    receivers: Uint32Array,
    output: Output,
    threads = availableParallelism()
  ): Promise<MessageSums[]> {
    for (const message of messages) this.requireColumns(message)
    const programs = messages.map((message) => {
      const { code, constants, parameters } = compile(message, pairVariables)
      return { code, constants, parameters: parameters.length }
    })
    const cached = this.cached.get(receivers)
    const flat = await this.sums.messages(receivers, programs, output === 'derivatives', threads, cached)
    let column = 0
    const next = (): Float64Array => flat.subarray(column * receivers.length, ++column * receivers.length)
    return messages.map((message) => ({
      sums: next(),
      derivatives: new Map(output === 'derivatives' ? constantsOf(message).map(({ name }) => [name, next()]) : [])
    }))
  }

  /**
   * Neighbour counts, then mass sums (1e14 Msun/h; only if the catalog has masses) in the shells
   * edges[s] <= r < edges[s + 1], Mpc/h: one row per receiver.
   */
  shells(receivers: Uint32Array, edges: readonly number[], threads = availableParallelism()): Promise<Float64Array> {
    return this.sums.shells(receivers, Float32Array.from(edges), threads)
  }

  /** Values of pair variables for given pairs, by name. */
  async pairColumns(
    pairs: Pairs,
    names: readonly PairVariable[] = this.availableVariables()
  ): Promise<Map<PairVariable, Float64Array>> {
    const places = names.map((name) => pairVariables.indexOf(name))
    const flat = await this.sums.columns(pairs.receiver, pairs.sender, places)
    const count = pairs.receiver.length
    return new Map(names.map((name, n) => [name, flat.subarray(n * count, (n + 1) * count)]))
  }

  /** Pair variables that the catalog's columns allow. */
  availableVariables(): PairVariable[] {
    return pairVariables.filter(
      (name) => (/^M_/.test(name) ? this.catalog.mass : name === 'r' ? true : this.catalog.velocity) !== null
    )
  }

  /** M_i (1e14 Msun/h) and v_i (1000 km/s) of the receivers, if the catalog has them. */
  nodeColumns(receivers: Uint32Array): Map<string, Float64Array> {
    const { mass, velocity } = this.catalog
    const columns = new Map<string, Float64Array>()
    if (mass)
      columns.set(
        'M_i',
        Float64Array.from(receivers, (halo) => mass[halo] / 1e14)
      )
    if (velocity)
      columns.set(
        'v_i',
        Float64Array.from(
          receivers,
          (halo) => Math.hypot(velocity.vx[halo], velocity.vy[halo], velocity.vz[halo]) / 1000
        )
      )
    return columns
  }
}

const known = new WeakMap<Neighbours, NeighbourSums>()

/** The sums of a catalog on its graph; made once and shared as long as the graph lives. */
export function neighbourSums({ catalog, neighbours }: HaloGraph): NeighbourSums {
  let sums = known.get(neighbours)
  if (!sums || sums.catalog !== catalog) known.set(neighbours, (sums = new NeighbourSums({ catalog, neighbours })))
  return sums
}
