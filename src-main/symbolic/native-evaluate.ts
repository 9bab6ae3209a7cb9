import { native } from '../native.ts'
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
  timeProgram(
    code: Int32Array,
    constants: Float64Array,
    parameters: number,
    columns: Float64Array[],
    rows: number,
    repeats: number
  ): number
}

export interface ProgramJacobian {
  values: Float64Array
  /** One column of derivatives a parameter */
  byParameter: Float64Array[]
  /** One column of derivatives a variable */
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

/** Values and derivatives by parameters and variables, by one reverse sweep in the native kernels. */
export function jacobianProgram(program: Program, columns: Float64Array[], rows: number): ProgramJacobian {
  return native<EvaluatorNative>().jacobianProgram(
    program.code,
    program.constants,
    program.parameters.length,
    columns,
    rows
  )
}

/** Seconds that `repeats` evaluations in 32-bit floats take on this thread. */
export function timeProgram(program: Program, columns: Float64Array[], rows: number, repeats: number): number {
  return native<EvaluatorNative>().timeProgram(
    program.code,
    program.constants,
    program.parameters.length,
    columns,
    rows,
    repeats
  )
}
