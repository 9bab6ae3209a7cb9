import type { LawReport, ModelReport } from '../../../src-shared/contract.ts'
import type { ModelErrors } from '../../evaluation/compare.ts'
import type { Neighbours } from '../../graph/neighbours.ts'
import { lawComplexity, type FittedLaw } from '../../law/graph-law.ts'
import { describeLaw } from '../../law/text/describe-law.ts'
import type { ComplexityWeights } from '../../symbolic/index.ts'

/** The report of a fitted law, without its errors. */
export type LawFacts = Required<
  Pick<LawReport, 'parameters' | 'text' | 'latex' | 'complexity' | 'constants' | 'warnings' | 'formula'>
>

/** @param weights complexity weights; undefined: the paper's weights */
export function lawFacts(
  { formula: law, constants, warnings }: FittedLaw,
  { radius, boxSize }: Pick<Neighbours, 'radius' | 'boxSize'>,
  weights: ComplexityWeights | undefined
): LawFacts {
  const formula = describeLaw(law, radius, boxSize)
  const { text, latex } = formula
  const complexity = lawComplexity(law, weights)
  return { parameters: constants.length, text, latex, complexity, constants, warnings, formula }
}

/** A report with measured errors, and the warnings of both. */
export function withErrors<Report extends Pick<ModelReport, 'warnings'>>(
  report: Report,
  errors: ModelErrors
): Report & ModelErrors {
  return { ...report, ...errors, warnings: [...(report.warnings ?? []), ...errors.warnings] }
}
