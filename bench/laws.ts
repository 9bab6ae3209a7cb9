// `node bench/laws.ts [--ood "delta > 1"] [--seed 1] [--evaluations 4000] [--receivers 1000] [--max-complexity 48]`: the search on the
// graph alone, on the bundled simulation, from a plain sum of distances. Prints for each number of constants the law of least
// validation error among all laws that were fitted, with its errors.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadCatalog } from '../src-main/catalog/load.ts'
import { validationBlocks } from '../src-main/evaluation/blocks.ts'
import { targetColumn } from '../src-main/evaluation/columns.ts'
import { splitHalos } from '../src-main/evaluation/splits.ts'
import { buildNeighbours } from '../src-main/graph/neighbours.ts'
import { evaluateLaw, isFiniteOn } from '../src-main/law/fit/evaluate-law.ts'
import { graphFit } from '../src-main/law/fit/graph-fit.ts'
import { neighbourSums } from '../src-main/law/fit/neighbour-sums.ts'
import { sampleOf, sampleWithExtremes, targetsOf } from '../src-main/law/fit/refit.ts'
import { errorOfMedian, meanAbsoluteError } from '../src-main/law/fit/robust-fit.ts'
import { lawConstants, lawOf } from '../src-main/law/graph-law.ts'
import { refitLaws } from '../src-main/law/search/choose-law.ts'
import { searchOnGraph } from '../src-main/law/search/graph-search.ts'
import { describeLaw } from '../src-main/law/text/describe-law.ts'
import { projectRoot } from '../src-main/native.ts'
import { Random } from '../src-main/random.ts'

const { values } = parseArgs({
  options: {
    ood: { type: 'string' },
    test: { type: 'string', default: 'x > 400' },
    seed: { type: 'string', default: '1' },
    evaluations: { type: 'string', default: '4000' },
    receivers: { type: 'string', default: '1000' },
    'max-complexity': { type: 'string', default: '48' }
  }
})
const seed = Number(values.seed)
const threads = 2
const maxComplexity = Number(values['max-complexity'])
const catalog = await loadCatalog(join(projectRoot(), 'resources', 'fastpm-500-z0.h5'))
const config = { target: 'Delta20', ood: values.ood ?? null, test: values.test, seed }
const sets = splitHalos(catalog, config as Parameters<typeof splitHalos>[1])
const { train, validation } = validationBlocks(catalog, sets.train, { seed })
const target = targetColumn(catalog, 'Delta20')
const neighbours = buildNeighbours(catalog, 50)
const graph = neighbourSums({ catalog, neighbours })
const started = performance.now()
const rows = sampleWithExtremes(train, target, Number(values.receivers), new Random(seed))
const targets = targetsOf(target, rows)
const more = sampleOf(train, 5 * rows.length, new Random(seed).fork(5))
const { front, close } = await searchOnGraph([lawOf(['C3 * r'], 'C1 + C2*e', { C1: 0, C2: 1, C3: 0.001 })], {
  seed,
  vocabulary: {
    pair: graph.availableVariables(),
    node: ['M_i', 'v_i', 'e1'],
    sums: 2
  },
  maxComplexity,
  constantLoss: errorOfMedian(targets),
  evaluations: Number(values.evaluations),
  isFinite: (law) => isFiniteOn(law, { catalog, neighbours }, more, { threads }),
  ...graphFit(graph, rows, targets, { threads })
})
console.log(`searched in ${((performance.now() - started) / 1000).toFixed(0)} s`)
const data = { catalog, neighbours, target, train, validation }
const refined = await refitLaws([...front, ...close], data, 4 * rows.length, { seed, threads, maxComplexity })
const parts = { train, validation, test: sets.test, ...(sets.ood.length > 0 ? { ood: sets.ood } : {}) }
console.log(['n', 'C', ...Object.keys(parts), `${((performance.now() - started) / 1000).toFixed(0)} s`].join('\t'))
for (const law of refined) {
  const errors: string[] = []
  for (const halos of Object.values(parts)) {
    const predicted = await evaluateLaw(law.formula, { catalog, neighbours }, halos, { threads })
    errors.push(meanAbsoluteError(predicted, targetsOf(target, halos)).toFixed(4))
  }
  console.log(
    [lawConstants(law.formula).length, law.complexity, ...errors, describeLaw(law.formula, 50, 500).text].join('\t')
  )
}
