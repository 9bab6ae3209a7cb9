// The public face of the symbolic layer.
export * from './language/expression.ts'
export { parse } from './language/parse.ts'
export {
  cNames,
  juliaNames,
  latexName,
  printC,
  printJulia,
  printLatex,
  printNumpy,
  printSympy,
  printText,
  withoutDoubleSigns
} from './language/print/index.ts'
export { compile } from './language/program.ts'
export { evaluate, evaluateCondition } from './language/evaluate.ts'
export { differentiate } from './algebra/differentiate.ts'
export { readArgumentSizes, readBans, type Constraints } from './constraints/constraints.ts'
export { readLoss, type Loss } from './fit/loss.ts'
export { simplify } from './algebra/simplify.ts'
export { evaluateProgram, jacobianProgram, type Precision } from './language/native-evaluate.ts'
export { readCheckpoint, type SearchCheckpoint } from './search/search-checkpoint.ts'
export { SearchControl, type GuidanceRecord } from './search/search-control.ts'
export { searchSymbolic, type SearchWork } from './search/search.ts'
export {
  FrontTracer,
  readTrace,
  replayFront,
  type TraceEvent,
  type TraceFormula,
  type TraceSink
} from './search/trace.ts'
export {
  defaultOperators,
  type FrontMember,
  type SearchOptions,
  type SearchProblem,
  type SearchResult
} from './search/search-types.ts'
export type { FitTableRequest, FitTableResult } from './regression/fit-request.ts'
export { fitTable } from './regression/fit-table.ts'
export { entryOf, otherLanguages } from './regression/front-entry.ts'
export { exporterFor, type ExportedFront } from './regression/export.ts'
export { formOf, freeConstants, type Form } from './algebra/form.ts'
export { sandwich, type Uncertainty } from './fit/standard-errors.ts'
export { benchSymbolic } from './bench.ts'
export { readUnits } from './constraints/units.ts'
export { readLimit } from './constraints/limits.ts'
export { readSymmetry, type Symmetry } from './constraints/symmetry.ts'
export { readTemplate, useOf, type Template } from './template/template.ts'
