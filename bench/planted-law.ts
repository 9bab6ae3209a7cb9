import type { Catalog } from '../src-main/catalog/catalog.ts'
import { LawJudge, refitLaws } from '../src-main/law/search/choose-law.ts'
import { evaluateLaw } from '../src-main/law/fit/evaluate-law.ts'
import { graphFit } from '../src-main/law/fit/graph-fit.ts'
import { lawOf, type GraphLaw } from '../src-main/law/graph-law.ts'
import { searchOnGraph } from '../src-main/law/search/graph-search.ts'
import { neighbourSums } from '../src-main/law/fit/neighbour-sums.ts'
import { sampleOf, targetsOf } from '../src-main/law/fit/refit.ts'
import { errorOfMedian, meanAbsoluteError } from '../src-main/law/fit/robust-fit.ts'
import type { Neighbours } from '../src-main/graph/neighbours.ts'
import { Random } from '../src-main/random.ts'
import { formOf } from '../src-main/symbolic/index.ts'

/** The paper's best law with mass (arXiv 2006.11287), with constants near those of the bundled simulation. */
export const withMass = lawOf(['(C4 + M_j) / (C5 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*M_i)', {
  C1: -0.4,
  C2: 3.5,
  C3: 0.1,
  C4: 0.3,
  C5: 6,
  C6: 0.055,
  C7: 16
})

export interface Planted {
  /** Standard deviation of the noise relative to that of the law over the halos */
  noise: number
  /** Number of halos with a target: 70 % to fit, 20 % to choose a law, 10 % to measure its error; default: all */
  halos?: number
  /** Receivers of the search's fits */
  receivers: number
  /** Number of fits of the search */
  evaluations: number
  /** Start of the search; default: a sum of distances, unrelated to the law */
  from?: GraphLaw
  seed: number
  threads: number
}

export interface Recovery {
  formula: GraphLaw
  complexity: number
  /** Whether the front contains the planted law's form */
  onFront: boolean
  /** Whether the chosen law has that form */
  form: boolean
  /** Mean absolute error on fresh halos against the law without noise, relative to that of the median */
  error: number
  /**
   * If the form is the same, the largest relative error of a constant. C2, C3, C5 and C6 can change together without changing the
   * law, so the comparison uses invariants: C1, C2 / C3, C4, C7, the scale C5^(1/C7) / C6 of the window and the height
   * 1 / (C3 C5) of the sum.
   */
  constants: number | null
}

const sumOfDistances = lawOf(['C3 * r'], 'C1 + C2*e', { C1: 0, C2: 1, C3: 0.001 })

/**
 * Plants a law on a catalog's positions and masses, and searches for it on the graph like a run after training.
 */
export async function recover(
  law: GraphLaw,
  catalog: Catalog,
  neighbours: Neighbours,
  { noise, halos = catalog.halos, receivers, evaluations, from = sumOfDistances, seed, threads }: Planted
): Promise<Recovery> {
  const random = new Random(seed)
  const used = sampleOf(
    Uint32Array.from({ length: catalog.halos }, (_, halo) => halo),
    halos,
    random
  )
  const truth = await evaluateLaw(law, { catalog, neighbours }, used, { threads })
  const mean = truth.reduce((sum, value) => sum + value / truth.length, 0)
  const spread = Math.sqrt(truth.reduce((sum, value) => sum + (value - mean) ** 2 / truth.length, 0))
  const target = new Float64Array(catalog.halos).fill(NaN)
  const exact = new Float64Array(catalog.halos).fill(NaN)
  used.forEach((halo, row) => {
    exact[halo] = truth[row]
    target[halo] = truth[row] + noise * spread * random.normal()
  })
  const order = random.shuffle(Uint32Array.from(used))
  const part = (from: number, to: number): Uint32Array =>
    order.slice(Math.round(from * order.length), Math.round(to * order.length)).sort()
  const [train, validation, fresh] = [part(0, 0.7), part(0.7, 0.9), part(0.9, 1)]

  const graph = neighbourSums({ catalog, neighbours })
  const rows = sampleOf(train, receivers, random)
  const values = targetsOf(target, rows)
  const constantLoss = errorOfMedian(values)
  const { front, close } = await searchOnGraph([from], {
    seed,
    vocabulary: { pair: ['M_i', 'M_j', 'r', 'v_ij'], node: ['M_i', 'v_i', 'e1'] },
    maxComplexity,
    constantLoss,
    evaluations,
    ...graphFit(graph, rows, values, { threads })
  })
  const data = { catalog, neighbours, target, train, validation }
  const refitted = await refitLaws([...front, ...close], data, 4 * receivers, { seed, threads, maxComplexity })
  const judge = await LawJudge.of(refitted, data, { seed, threads })
  const { law: fitted } = await judge.choose('simplest')
  const predicted = await evaluateLaw(fitted.formula, { catalog, neighbours }, fresh, { threads })
  const form = formText(fitted.formula) === formText(law)
  return {
    formula: fitted.formula,
    complexity: fitted.complexity,
    onFront: judge.front.some(({ formula }) => formText(formula) === formText(law)),
    form,
    error: meanAbsoluteError(predicted, targetsOf(exact, fresh)) / constantLoss,
    constants: form ? worstConstant(fitted.formula, law) : null
  }
}

/** The paper's law with mass, in the paper's notation */
const maxComplexity = 22

const formText = ({ messages, node }: GraphLaw): string => [...messages, node].map((e) => formOf(e).text).join(' | ')

/** Node: a e (M_i + b)^-1 + c; message: d (M_j + f) (r^p + q)^-1. */
function invariants({ messages, node }: GraphLaw): number[] {
  const [a, b, c] = formOf(node).constants
  const [d, f, p, q] = formOf(messages[0]).constants
  return [b, c, f, p, q ** (1 / p), (a * d) / q]
}

function worstConstant(formula: GraphLaw, law: GraphLaw): number {
  const truth = invariants(law)
  return Math.max(...invariants(formula).map((value, k) => Math.abs(value / truth[k] - 1)))
}
