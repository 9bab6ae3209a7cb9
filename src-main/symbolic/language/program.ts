import { badInput } from '../../../src-shared/errors.ts'
import { constantsOf, operatorNames, operators, type Expression, type Operator } from './expression.ts'
import { nearNames } from '../../near-names.ts'

/** Opcodes of leaves; an operator's opcode is `firstOperator` plus its place in `operatorNames` (native/kernels/expression_ops.h agrees). */
export const opcodes = { constant: 0, parameter: 1, variable: 2, firstOperator: 3 } as const

export const opcodeOf = (op: Operator): number => opcodes.firstOperator + operatorNames.indexOf(op)

/** A formula in postfix order, for evaluation in batches. */
export interface Program {
  /**
   * One word for each node: opcode | argument << 8. The argument of `constant` and `parameter` is an index into `constants`, that of
   * `variable` an index into `variables`.
   */
  code: Int32Array
  /** Fitted constants first (`parameter` nodes; a constant in several places occurs once), then literals (`constant` nodes). */
  constants: Float64Array
  /** Names of the fitted constants: the first entries of `constants`. */
  parameters: string[]
  variables: string[]
  /** Maximum depth of the stack. */
  stackDepth: number
}

/**
 * @param variables order of the columns; default: by first appearance. An unknown name is an error that lists similar ones.
 * @throws HalolawError `bad-input` for an unknown variable.
 */
export function compile(expression: Expression, variables?: readonly string[]): Program {
  const parameters = constantsOf(expression)
  const places = new Map(parameters.map(({ name }, index) => [name, index]))
  const constants = parameters.map(({ value }) => value)
  const columns = variables === undefined ? [] : [...variables]
  const columnOf = new Map(columns.map((name, index) => [name, index]))
  const code: number[] = []
  let depth = 0
  let stackDepth = 0
  const emit = (node: Expression): void => {
    if (node.kind === 'call') {
      node.args.forEach(emit)
      code.push(opcodeOf(node.op))
      depth -= operators[node.op] - 1
      return
    }
    if (node.kind === 'variable') {
      let index = columnOf.get(node.name)
      if (index === undefined) {
        if (variables !== undefined) throw unknownVariable(node.name, columns)
        index = columns.push(node.name) - 1
        columnOf.set(node.name, index)
      }
      code.push(opcodes.variable | (index << 8))
    } else if (node.name !== undefined) {
      code.push(opcodes.parameter | (places.get(node.name)! << 8))
    } else {
      code.push(opcodes.constant | ((constants.push(node.value) - 1) << 8))
    }
    stackDepth = Math.max(stackDepth, ++depth)
  }
  emit(expression)
  return {
    code: Int32Array.from(code),
    constants: Float64Array.from(constants),
    parameters: parameters.map(({ name }) => name),
    variables: columns,
    stackDepth
  }
}

export function unknownVariable(name: string, known: readonly string[]): Error {
  const near = nearNames(name, known)
  return badInput(
    near.length > 0
      ? `There is no column "${name}"; did you mean ${near.map((n) => `"${n}"`).join(' or ')}?`
      : `There is no column "${name}"; choose one of ${known.slice(0, 20).join(', ') || 'none'}.`
  )
}
