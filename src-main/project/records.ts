import type { CatalogSummary, LawReport, RunConfig, RunResult, SearchGuidance } from '../../src-shared/contract.ts'
import type { KeptLaws } from '../law/search/kept-laws.ts'
import {
  aCount,
  anArrayOf,
  and,
  anyOf,
  aNumber,
  aPositiveNumber,
  aText,
  aWholeNumber,
  listOf,
  dictionaryOf,
  maybe,
  objectOf,
  oneWordOf,
  orNull,
  type ContentCheck
} from './content.ts'

// Content of a project's records, as any version of Halolaw has written it.

type Members<T> = { readonly [Name in keyof T]?: ContentCheck }

function record<T>(members: Members<T>): ContentCheck {
  return objectOf(members as Readonly<Record<string, ContentCheck>>)
}

/** One side for a cube, or three sides */
const box = orNull(anyOf(listOf(aPositiveNumber, { least: 3, most: 3 }), aPositiveNumber))
const preset = oneWordOf(['quick', 'standard', 'paper'])
const texts = listOf(aText)
const perSet = dictionaryOf(aNumber)
const intervals = dictionaryOf(orNull(listOf(aNumber, { least: 2, most: 2 })))
const paired = record({ difference: aNumber, ci95: listOf(aNumber, { least: 2, most: 2 }) })

export const ownerRecord = objectOf({ host: aText, pid: aCount, started: aText })

export const configRecord = record<RunConfig>({
  catalog: aText,
  map: dictionaryOf(aText),
  boxSize: maybe(box),
  target: aText,
  radius: aPositiveNumber,
  ood: maybe(orNull(aText)),
  test: maybe(orNull(aText)),
  preset,
  features: maybe(orNull(texts)),
  engine: oneWordOf(['auto', 'cpu', 'webgpu', 'tensorflow']),
  messages: maybe(orNull(aText)),
  schedule: maybe(oneWordOf(['constant', 'cosine', 'one-cycle', 'plateau'])),
  seeds: maybe(aCount),
  ablate: maybe(preset),
  template: maybe(orNull(aText)),
  maxComplexity: maybe(aCount),
  seed: aWholeNumber,
  threads: aWholeNumber
})

export const summaryRecord = record<CatalogSummary>({
  path: aText,
  format: aText,
  halos: aCount,
  boxSize: maybe(box),
  columns: listOf(objectOf({ name: aText, unit: maybe(orNull(aText)) })),
  warnings: texts
})

const constants = listOf(objectOf({ name: aText, value: aNumber, standardError: maybe(aNumber) }))

const formula = objectOf({
  message: aText,
  node: aText,
  text: aText,
  latex: aText,
  python: aText,
  sympy: maybe(aText),
  julia: maybe(aText),
  c: maybe(aText)
})

const modelMembers = {
  id: aText,
  mae: perSet,
  ci95: intervals,
  bias: maybe(perSet),
  r2: maybe(perSet),
  parameters: aNumber,
  text: aText,
  latex: maybe(aText),
  complexity: maybe(aNumber),
  constants: maybe(constants),
  warnings: maybe(texts),
  notes: maybe(texts)
}

const lawReport = record<LawReport>({
  ...modelMembers,
  asked: aText,
  formula,
  minusFormula: maybe(dictionaryOf(paired))
})

export const resultRecord = record<RunResult>({
  catalog: objectOf({ path: aText, halos: aCount, boxSize: maybe(box), edges: aNumber }),
  split: objectOf({ train: aCount, test: aCount, ood: aCount }),
  engine: aText,
  engineNotes: maybe(texts),
  models: listOf(objectOf(modelMembers)),
  messages: objectOf({ std: listOf(aNumber), kl: maybe(listOf(aNumber)) }),
  formula,
  timings: dictionaryOf(aNumber),
  peakRssMB: aNumber,
  gnnMinusFormula: maybe(dictionaryOf(paired)),
  seeds: maybe(
    objectOf({
      count: aCount,
      gnn: objectOf({ mae: dictionaryOf(objectOf({ mean: aNumber, std: aNumber })) }),
      perSeed: listOf(objectOf({ seed: aWholeNumber, validationMae: aNumber, mae: perSet })),
      spread: dictionaryOf(objectOf({ correlation: aNumber, coverage: dictionaryOf(aNumber) })),
      calibration: objectOf({ factor: aNumber, coverage: dictionaryOf(dictionaryOf(aNumber)) })
    })
  ),
  ablation: maybe(
    listOf(objectOf({ feature: aText, without: texts, mae: perSet, ci95: intervals, difference: dictionaryOf(paired) }))
  ),
  seed: maybe(aWholeNumber),
  warnings: maybe(texts)
})

export const lawsRecord = objectOf({ laws: listOf(lawReport) })
/** Arrays of one entry per law; their sizes agree. */
export const keptLawsRecord = and(
  objectOf({
    shapes: listOf(aText, { most: 10_000_000 }),
    counts: anArrayOf(Uint32Array),
    constants: anArrayOf(Float64Array),
    complexities: anArrayOf(Float64Array),
    losses: anArrayOf(Float64Array),
    validationLosses: anArrayOf(Float64Array),
    mae: objectOf({ train: anArrayOf(Float64Array), test: anArrayOf(Float64Array), ood: anArrayOf(Float64Array) })
  }),
  (value) => {
    const { shapes, counts, constants, complexities, losses, validationLosses, mae } = value as KeptLaws
    const columns = [counts, complexities, losses, validationLosses, mae.train, mae.test, mae.ood]
    if (columns.some(({ length }) => length !== shapes.length))
      return `${shapes.length} laws with columns of other sizes`
    const expected = counts.reduce((sum, count) => sum + count, 0)
    return constants.length === expected ? null : `${constants.length} constants instead of ${expected}`
  }
)

export const lawFormsRecord = objectOf({ forms: dictionaryOf(orNull(aText)) })

export const guidanceRecord = objectOf({
  told: record<SearchGuidance>({
    guesses: listOf(objectOf({ text: aText, state: aText, loss: aNumber, complexity: aNumber })),
    weights: orNull(objectOf({ operators: dictionaryOf(aNumber), variable: aNumber, constant: aNumber }))
  })
})
