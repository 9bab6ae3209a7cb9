import { native } from '../../native.ts'
import type { Program } from './program.ts'

interface EvaluatorNative {
  evaluateProgram: NativeEvaluation
  /** The same in 32-bit floats */
  evaluateProgramInFloats: NativeEvaluation
  jacobianProgram(
    code: Int32Array,
    constants: Float64Array,
    parameters: number,
    columns: Float64Array[],
    rows: number
  ): ProgramJacobian
  timePrograms(
    programs: readonly Pick<Program, 'code' | 'constants'>[],
    columns: Float64Array[],
    rows: number,
    threads: number
  ): Timing
}

type NativeEvaluation = (
  code: Int32Array,
  constants: Float64Array,
  parameters: number,
  columns: Float64Array[],
  rows: number
) => Float64Array

export interface Timing {
  seconds: number
  /** Sum over all threads */
  processorSeconds: number
}

export interface ProgramJacobian {
  values: Float64Array
  /** One column of derivatives for each parameter */
  byParameter: Float64Array[]
  /** One column of derivatives for each variable */
  byVariable: Float64Array[]
}

/** 64-bit or 32-bit floats */
export type Precision = 'double' | 'single'

/** The program's value in each row, by the native kernels. */
export function evaluateProgram(
  { code, constants, parameters }: Program,
  columns: Float64Array[],
  rows: number,
  precision: Precision = 'double'
): Float64Array {
  const kernels = native<EvaluatorNative>()
  const evaluate = precision === 'single' ? kernels.evaluateProgramInFloats : kernels.evaluateProgram
  return evaluate(code, constants, parameters.length, columns, rows)
}

/** Values, and derivatives with respect to parameters and variables, by one reverse sweep in the native kernels. */
export function jacobianProgram(program: Program, columns: Float64Array[], rows: number): ProgramJacobian {
  return native<EvaluatorNative>().jacobianProgram(
    program.code,
    program.constants,
    program.parameters.length,
    columns,
    rows
  )
}

/** Measures the time to evaluate each program once in 32-bit floats, spread over threads. */
export function timePrograms(
  programs: readonly Program[],
  columns: Float64Array[],
  rows: number,
  threads: number
): Timing {
  return native<EvaluatorNative>().timePrograms(programs, columns, rows, threads)
}
