import { badInput } from '../../../src-shared/errors.ts'
import { lawShapeOf } from '../fit/fit-journal.ts'
import { lawConstants, lawOf, type FittedLaw, type GraphLaw } from '../graph-law.ts'

/** Errors of a law by set; NaN where a set is empty or the law was not measured */
export interface KeptErrors {
  train: Float64Array
  test: Float64Array
  ood: Float64Array
}

/**
 * Every law that a search fitted, as plain data: each array has one entry per law, in the order of the fits. `constants` holds
 * those of all laws, end to end. A fit that could not reach the front ended early: its loss is that of its constants here.
 */
export interface KeptLaws {
  /** Node, then messages, with names for the constants, as in `C1 + e1 | C2*M_j` */
  shapes: string[]
  /** How many constants each has */
  counts: Uint32Array
  constants: Float64Array
  complexities: Float64Array
  /** Mean absolute error on the halos of the fit */
  losses: Float64Array
  /** Mean absolute error on the validation halos; NaN for a law that was not judged there */
  validationLosses: Float64Array
  mae: KeptErrors
}

/** One of the kept laws */
export interface KeptLaw {
  /** Number of its fit, from 0 */
  fit: number
  law: GraphLaw
  complexity: number
  loss: number
  validationLoss: number
  mae: { train: number; test: number; ood: number }
}

/**
 * @param searched laws in the order of their fits
 * @param judged laws with validation errors; each replaces the searched law of the same shape
 * @returns the kept laws, and the place of each judged law among them
 */
export function keepLaws(
  searched: readonly FittedLaw[],
  judged: readonly FittedLaw[]
): { kept: KeptLaws; places: Map<FittedLaw, number> } {
  const byShape = new Map<string, FittedLaw>()
  for (const law of [...searched, ...judged]) byShape.set(lawShapeOf(law.formula), law)
  const laws = [...byShape.values()]
  const constants = laws.map(({ formula }) => lawConstants(formula).map(({ value }) => value))
  const open = (): Float64Array => new Float64Array(laws.length).fill(NaN)
  const kept: KeptLaws = {
    shapes: [...byShape.keys()],
    counts: Uint32Array.from(constants, ({ length }) => length),
    constants: Float64Array.from(constants.flat()),
    complexities: Float64Array.from(laws, ({ complexity }) => complexity),
    losses: Float64Array.from(laws, ({ trainMae }) => trainMae),
    validationLosses: Float64Array.from(laws, ({ validationMae }) => validationMae ?? NaN),
    mae: { train: open(), test: open(), ood: open() }
  }
  const places = new Map(laws.map((law, place) => [law, place]))
  return { kept, places: new Map(judged.flatMap((law) => (places.has(law) ? [[law, places.get(law)!]] : []))) }
}

/** Where each law's constants begin */
function startsOf(counts: Uint32Array): Uint32Array {
  const starts = new Uint32Array(counts.length)
  for (let k = 1; k < counts.length; k++) starts[k] = starts[k - 1] + counts[k - 1]
  return starts
}

/** The kept laws with the constants of later fits. */
export function withConstantsOf(kept: KeptLaws, refits: readonly { place: number; law: FittedLaw }[]): KeptLaws {
  const starts = startsOf(kept.counts)
  const constants = Float64Array.from(kept.constants)
  const losses = Float64Array.from(kept.losses)
  for (const { place, law } of refits) {
    constants.set(
      lawConstants(law.formula).map(({ value }) => value),
      starts[place]
    )
    losses[place] = law.trainMae
  }
  return { ...kept, constants, losses }
}

/** The kept laws one by one, in the order of their fits. */
export function* readKeptLaws(kept: KeptLaws): Generator<KeptLaw> {
  const starts = startsOf(kept.counts)
  for (const [fit, shape] of kept.shapes.entries()) {
    const start = starts[fit]
    const { train, test, ood } = kept.mae
    yield {
      fit,
      law: lawOfShape(shape, kept.constants.subarray(start, start + kept.counts[fit])),
      complexity: kept.complexities[fit],
      loss: kept.losses[fit],
      validationLoss: kept.validationLosses[fit],
      mae: { train: train[fit], test: test[fit], ood: ood[fit] }
    }
  }
}

/** @param values of the constants C1, C2, ... */
export function lawOfShape(shape: string, values: Float64Array | readonly number[]): GraphLaw {
  const [node, ...messages] = shape.split(' | ')
  if (node === undefined) throw badInput('A kept law of the project has no text; run again to keep its laws.')
  return lawOf(messages, node, Object.fromEntries([...values].map((value, k) => [`C${k + 1}`, value])))
}
