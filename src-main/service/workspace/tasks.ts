import { makeTable, tableToIPC } from 'apache-arrow'
import type { Bytes, DegreeStatistics, Params, Result, SplitSettings } from '../../../src-shared/contract.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { evaluateMask, setOfEachHalo, splitHalos, type Split } from '../../evaluation/splits.ts'
import { buildNeighbours, degreeStatistics, type Neighbours } from '../../graph/neighbours.ts'
import { checkGuess } from '../../run/laws/guess.ts'
import { listLaws, type LawListRequest } from './law-lists.ts'
import { describeFronts, type FrontsRequest } from './recurrence.ts'

/** Columns of equal length by name */
export type ArrowColumns = Record<string, Float32Array | Float64Array | Uint8Array>

/**
 * Tasks that take longer than a few milliseconds on a large catalog, and therefore run in a thread; see work-thread.ts.
 */
export class Tasks {
  private readonly catalog: Catalog | null
  private graph: Neighbours | null = null
  private sets: { key: string; split: Split } | null = null

  constructor(catalog: Catalog | null) {
    this.catalog = catalog
  }

  /** A table of these columns in Arrow's stream format. */
  arrow(columns: ArrowColumns): Bytes {
    return new Uint8Array(tableToIPC(makeTable(columns), 'stream'))
  }

  neighbours({ halo, radius }: Params<'graph.neighbours'>): Result<'graph.neighbours'> {
    const { index, distance } = this.graphOf(radius).of(halo, radius)
    return { index: [...index], distance: [...distance] }
  }

  degrees({ radius }: Params<'graph.statistics'>): Promise<DegreeStatistics> {
    return degreeStatistics(this.graphOf(radius))
  }

  splitPreview(settings: Params<'split.preview'>): Result<'split.preview'> {
    const { train, test, ood, missing, warnings } = this.split(settings)
    return { train: train.length, test: test.length, ood: ood.length, missing, warnings }
  }

  splitSets(settings: Params<'split.sets'>): Bytes {
    return this.arrow({ set: setOfEachHalo(this.split(settings), this.open.halos) })
  }

  mask({ expression, target }: Params<'mask.evaluate'>): Bytes {
    return this.arrow({ mask: evaluateMask(this.open, expression, target) })
  }

  guess([formula, config, weights]: GuessRequest): Result<'search.check'> {
    return checkGuess(formula, config, weights, this.catalog)
  }

  fronts(request: FrontsRequest): ReturnType<typeof describeFronts> {
    return describeFronts(request)
  }

  laws(request: LawListRequest): Result<'laws.list'> {
    return listLaws(request)
  }

  private get open(): Catalog {
    if (this.catalog === null) throw new Error('A task needs a catalog and got none.')
    return this.catalog
  }

  /** Computed once per settings, because their counts and their sets are requested together. */
  private split(settings: SplitSettings): Split {
    const key = JSON.stringify([settings.target, settings.ood, settings.test, settings.seed])
    if (this.sets?.key !== key) this.sets = { key, split: splitHalos(this.open, settings) }
    return this.sets.split
  }

  /** Built once per radius. */
  private graphOf(radius: number): Neighbours {
    if (this.graph === null || this.graph.radius !== radius) this.graph = buildNeighbours(this.open, radius)
    return this.graph
  }
}

type Guess = Parameters<typeof checkGuess>
/** A formula, the run's radius and preset, and its complexity weights */
export type GuessRequest = [formula: Guess[0], config: Guess[1], weights: Guess[2]]

export type TaskName =
  'arrow' | 'neighbours' | 'degrees' | 'splitPreview' | 'splitSets' | 'mask' | 'guess' | 'fronts' | 'laws'
export type TaskParams<T extends TaskName> = Parameters<Tasks[T]>[0]
export type TaskResult<T extends TaskName> = Awaited<ReturnType<Tasks[T]>>
