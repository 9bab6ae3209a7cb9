import { arityOf } from './genome.ts'
import type { Operator } from './expression.ts'
import { opcodeOf } from './program.ts'

/** The operators and variables that a search builds from. */
export interface Vocabulary {
  unary: number[]
  binary: number[]
  ternary: number[]
  variables: number
}

/** @param userOpcodes opcodes of user operators */
export function vocabularyOf(
  operators: readonly Operator[],
  variables: number,
  userOpcodes: readonly number[] = []
): Vocabulary {
  const codes = [...new Set(operators)].map(opcodeOf).concat(userOpcodes)
  const withArity = (n: number): number[] => codes.filter((code) => arityOf[code] === n)
  return { unary: withArity(1), binary: withArity(2), ternary: withArity(3), variables }
}
