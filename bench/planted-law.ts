import type { Catalog } from '../src-main/catalog/catalog.ts'
import { evaluateFormula } from '../src-main/formula/evaluate-formula.ts'
import { describeFormula } from '../src-main/formula/describe-formula.ts'
import { graphFit } from '../src-main/formula/graph-fit.ts'
import { formulaConstants, formulaOf, type GraphFormula } from '../src-main/formula/graph-formula.ts'
import { searchOnGraph } from '../src-main/formula/graph-search.ts'
import { neighbourSums } from '../src-main/formula/neighbour-sums.ts'
import { refitFormula, targetsOf } from '../src-main/formula/refit.ts'
import { meanAbsoluteError, median } from '../src-main/formula/robust-fit.ts'
import type { Neighbours } from '../src-main/graph/neighbours.ts'
import { Random } from '../src-main/random.ts'
import { formOf, negativeLogLikelihood } from '../src-main/symbolic/index.ts'

/** The paper's best law with mass (arXiv 2006.11287), constants near those that the bundled simulation gives it. */
export const withMass = formulaOf(['(C4 + M_j) / (C5 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*M_i)', {
  C1: -0.4,
  C2: 3.5,
  C3: 0.1,
  C4: 0.3,
  C5: 6,
  C6: 0.055,
  C7: 16
})

export interface Planted {
  /** Standard deviation of the noise as a share of the law's own over the halos */
  noise: number
  /** Receivers that the search fits on */
  receivers: number
  /** Formulas that it fits */
  evaluations: number
  /** What the search begins from; default: a sum of distances, which has nothing of the law */
  from?: GraphFormula
  seed: number
  threads: number
}

export interface Recovery {
  formula: GraphFormula
  complexity: number
  /** Whether a formula of the planted law's form stands on the front */
  onFront: boolean
  /** Whether the formula chosen has that form */
  form: boolean
  /** Mean absolute error on fresh halos against the law without noise, as a share of that of the median */
  error: number
  /**
   * Where the form is the same, the largest relative error of a constant. C2, C3, C5 and C6 of the law can be changed together without
   * changing anything, so what is compared is what they leave invariant: C1, C2 / C3, C4, C7, the scale C5^(1/C7) / C6 of the window and
   * the height 1 / (C3 C5) of the sum.
   */
  constants: number | null
}

const sumOfDistances = formulaOf(['C3 * r'], 'C1 + C2*e', { C1: 0, C2: 1, C3: 0.001 })

/** Errors below this share of the median's are as good as none. */
const exactError = 1e-6

/**
 * Plants a law on a catalog's positions and masses, looks for it on the graph, chooses by
 * the least BIC on halos held out, and refits the choice.
 */
export async function recover(
  law: GraphFormula,
  catalog: Catalog,
  neighbours: Neighbours,
  { noise, receivers, evaluations, from = sumOfDistances, seed, threads }: Planted
): Promise<Recovery> {
  const random = new Random(seed)
  const halos = random.shuffle(Uint32Array.from({ length: catalog.halos }, (_, halo) => halo))
  const used = halos.slice(0, 5 * receivers).sort()
  const truth = await evaluateFormula(law, new Map(), catalog, neighbours, used, { threads })
  const mean = truth.reduce((sum, value) => sum + value / truth.length, 0)
  const spread = Math.sqrt(truth.reduce((sum, value) => sum + (value - mean) ** 2 / truth.length, 0))
  const target = new Float64Array(catalog.halos).fill(NaN)
  const exact = new Float64Array(catalog.halos).fill(NaN)
  used.forEach((halo, row) => {
    exact[halo] = truth[row]
    target[halo] = truth[row] + noise * spread * random.normal()
  })
  const order = random.shuffle(Uint32Array.from(used))
  const part = (from: number, to: number): Uint32Array => order.slice(from * receivers, to * receivers).sort()
  const [rows, heldOut, fresh] = [part(0, 1), part(1, 4), part(4, 5)]

  const graph = neighbourSums(catalog, neighbours)
  const values = targetsOf(target, rows)
  const fits = graphFit(graph, rows, values, { threads })
  const constantLoss = meanAbsoluteError(new Float64Array(values.length).fill(median(values)), values)
  const front = await searchOnGraph([from], {
    seed,
    vocabulary: { pair: ['M_i', 'M_j', 'r', 'v_ij'], node: ['M_i', 'v_i', 'e1'] },
    maxComplexity: 22,
    constantLoss,
    evaluations,
    ...fits
  })
  if (process.env.TRACE) {
    for (const f of front) console.log(f.complexity, f.loss / constantLoss, describeFormula(f.formula, 30, 500).text)
    console.log('truth', (await fits.fit(law))!.loss / constantLoss)
  }
  const errorOn = async (formula: GraphFormula, on: Uint32Array, of: Float64Array): Promise<number> =>
    meanAbsoluteError(
      await evaluateFormula(formula, new Map(), catalog, neighbours, on, { threads }),
      targetsOf(of, on)
    ) / constantLoss
  const judged = await Promise.all(
    front.map(async ({ formula }) => {
      const error = Math.max(await errorOn(formula, heldOut, target), exactError)
      const likelihood = negativeLogLikelihood({ kind: 'mae' }, error, heldOut.length)
      const bic = 2 * likelihood + formulaConstants(formula).length * Math.log(heldOut.length)
      return { formula, bic: Number.isFinite(bic) ? bic : Infinity }
    })
  )
  const chosen = judged.reduce((best, one) => (one.bic < best.bic ? one : best))
  const fitted = await refitFormula(chosen.formula, catalog, neighbours, target, used, { seed, threads, minStarts: 2 })
  return {
    formula: fitted.formula,
    complexity: fitted.complexity,
    onFront: front.some(({ formula }) => formText(formula) === formText(law)),
    form: formText(fitted.formula) === formText(law),
    error: await errorOn(fitted.formula, fresh, exact),
    constants: formText(fitted.formula) === formText(law) ? worstConstant(fitted.formula, law) : null
  }
}

const formText = ({ messages, node }: GraphFormula): string =>
  [...messages, node].map((e) => formOf(e).text).join(' | ')

/** Node: a e (M_i + b)^-1 + c; message: d (M_j + f) (r^p + q)^-1. */
function invariants({ messages, node }: GraphFormula): number[] {
  const [a, b, c] = formOf(node).constants
  const [d, f, p, q] = formOf(messages[0]).constants
  return [b, c, f, p, q ** (1 / p), (a * d) / q]
}

function worstConstant(formula: GraphFormula, law: GraphFormula): number {
  const truth = invariants(law)
  return Math.max(...invariants(formula).map((value, k) => Math.abs(value / truth[k] - 1)))
}
