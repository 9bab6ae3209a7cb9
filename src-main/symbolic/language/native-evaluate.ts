import { native } from '../../native.ts'
import type { Program } from './program.ts'

interface EvaluatorNative {
  evaluateProgram(
    code: Int32Array,
    constants: Float64Array,
    parameters: number,
    columns: Float64Array[],
    rows: number,
    single: boolean
  ): Float64Array
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

/** The program's value in each row, by the native kernels; `single` computes in 32-bit floats. */
export function evaluateProgram(program: Program, columns: Float64Array[], rows: number, single = false): Float64Array {
  return native<EvaluatorNative>().evaluateProgram(
    program.code,
    program.constants,
    program.parameters.length,
    columns,
    rows,
    single
  )
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
