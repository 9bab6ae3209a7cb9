import type { FormulaId, ModelId } from '../../../src-shared/contract.ts'
import { throwIfCancelled } from '../../work.ts'
import type { WorkOptions } from '../../work.ts'
import type { HaloGraph } from '../../graph/halo-graph.ts'
import { lawOf } from '../graph-law.ts'
import type { FittedLaw, GraphLaw } from '../graph-law.ts'
import { fitInvariants } from './invariants.ts'
import type { FittedInvariants } from './invariants.ts'
import { refitLaw, targetsOf } from '../fit/refit.ts'
import { median } from '../fit/robust-fit.ts'

/** A hand-made baseline after its fit: plain data, enough to predict on any catalog. */
export type FittedBaseline =
  | { id: BaselineId; kind: 'formula'; fitted: FittedLaw }
  | { id: BaselineId; kind: 'invariants'; fitted: FittedInvariants }

export type BaselineId = Exclude<ModelId, 'gnn' | 'gnn-ensemble' | FormulaId>

interface Recipe {
  id: Exclude<BaselineId, 'invariants'>
  formula: GraphLaw
  starts: Record<string, number>[]
}

/**
 * The baselines of Cranmer et al. 2020, table of section 5 (constant, simple, best without and with mass), in units that make
 * their constants of order one.
 */
function recipes(radius: number, middle: number): Recipe[] {
  const falls = [0.25, 0.4, 0.6].flatMap((share) => [4, 12].map((power) => ({ C6: 1 / (share * radius), C7: power })))
  return [
    { id: 'constant', formula: lawOf([], 'C1', { C1: middle }), starts: [] },
    {
      id: 'simple',
      formula: lawOf([`if(r < ${Math.min(20, radius)}, M_j, 0)`], 'C1 + (C2 + M_i*C3)*e', {
        C1: middle,
        C2: 0.01,
        C3: 0
      }),
      starts: []
    },
    {
      id: 'without-mass',
      formula: lawOf(['(C4 + v_ij) / (C5 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*e*v_i)', {
        C1: middle,
        C2: 10,
        C3: 0.001,
        C4: 1,
        C5: 1,
        ...falls[0]
      }),
      starts: falls.slice(1)
    },
    {
      id: 'with-mass',
      formula: lawOf(['(C4 + M_j) / (C5 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*M_i)', {
        C1: middle,
        C2: 10,
        C3: 0.01,
        C4: 0.3,
        C5: 1,
        ...falls[0]
      }),
      starts: falls.slice(1)
    }
  ]
}

export interface Baselines {
  models: FittedBaseline[]
  /** One sentence for each baseline that needs columns the catalog lacks */
  skipped: string[]
}

/**
 * Fits every hand-made baseline on the receivers, each law from several starts.
 * @param target one value per halo of the catalog; only those of `receivers` are read
 */
export async function fitBaselines(
  graph: HaloGraph,
  target: ArrayLike<number>,
  receivers: Uint32Array,
  options: WorkOptions & { maxReceivers?: number } = {}
): Promise<Baselines> {
  const models: FittedBaseline[] = []
  const skipped: string[] = []
  const list = recipes(graph.neighbours.radius, median(targetsOf(target, receivers)))
  for (const [n, { id, formula, starts }] of list.entries()) {
    throwIfCancelled(options.signal)
    options.onProgress?.({ fraction: n / (list.length + 1), message: `Baseline ${id}` })
    const missing =
      id === 'without-mass'
        ? graph.catalog.velocity
          ? null
          : 'velocities'
        : id === 'constant' || graph.catalog.mass
          ? null
          : 'masses'
    if (missing) {
      skipped.push(`The baseline ${id} was left out: the catalog has no ${missing}.`)
      continue
    }
    const fitted = await refitLaw(formula, graph, target, receivers, {
      ...options,
      onProgress: undefined,
      starts
    })
    models.push({ id, kind: 'formula', fitted })
  }
  options.onProgress?.({ fraction: list.length / (list.length + 1), message: 'Baseline invariants' })
  const fitted = await fitInvariants(graph, target, receivers, options)
  models.splice(2, 0, { id: 'invariants', kind: 'invariants', fitted })
  return { models, skipped }
}
