// The symbolic room's front door.
export * from './expression.ts'
export { parse, type ParseOptions } from './parse.ts'
export {
  cNames,
  isPythonName,
  juliaNames,
  latexName,
  printC,
  printJulia,
  printLatex,
  printNumpy,
  printSympy,
  printText,
  withoutDoubleSigns,
  type PrintOptions
} from './print/index.ts'
export { compile, type Program } from './program.ts'
export { erf, evaluate, evaluateCondition } from './evaluate.ts'
export { differentiate } from './differentiate.ts'
export { readArgumentSizes, readBans, type Constraints } from './constraints.ts'
export { readLoss, type Loss } from './loss.ts'
export { readDefinitions, type OwnOperator } from './own-operators.ts'
export { simplify } from './simplify.ts'
export { evaluateProgram, jacobianProgram, type ProgramJacobian } from './native-evaluate.ts'
export { readCheckpoint, type SearchCheckpoint } from './search-checkpoint.ts'
export { SearchControl, type Guidance, type GuidanceRecord } from './search-control.ts'
export { searchSymbolic, type SearchWork } from './search.ts'
export {
  defaultOperators,
  type FrontMember,
  type SearchOptions,
  type SearchProblem,
  type SearchResult
} from './search-types.ts'
export { operatorsOf } from './fit-problem.ts'
export type { FitTableRequest, FitTableResult, FitTableWork } from './fit-request.ts'
export { fitTable } from './fit-table.ts'
export { entryOf, otherLanguages } from './front-entry.ts'
export { exporterFor, exportFormats, type ExportedFront } from './export.ts'
export { negativeLogLikelihood } from './description-length.ts'
export { formOf, freeConstants, type Form } from './form.ts'
export { sandwich, type Uncertainty } from './standard-errors.ts'
export { benchSymbolic } from './bench.ts'
export { readUnits, type UnitSystem } from './units.ts'
export { readLimit, type Limit } from './physics/limits.ts'
export { readSymmetry, type Symmetry } from './physics/symmetry.ts'
export { readTemplate, useOf, type Template } from './physics/template.ts'
