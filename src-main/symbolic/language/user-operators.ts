import { badInput } from '../../../src-shared/errors.ts'
import { call, operatorNames, substitute, variable, variablesOf, type Expression, type Operator } from './expression.ts'
import {
  arityOf,
  firstUserCode,
  fromExpression,
  userCodesPerArity,
  type Genome,
  type UserOperatorNames
} from './genome.ts'
import { parse, type ParseOptions } from './parse.ts'
import { opcodes } from './program.ts'

/** A user operator: a search uses it like any other; its definition is a formula of its arguments. Plain data. */
export interface UserOperator {
  name: string
  parameters: readonly string[]
  body: Expression
}

/**
 * Reads definitions such as `gauss(x) = exp(-x^2 / 2)` or `window(r, c) = 1 / (1 + (r / c)^4)`; a later one may use those before it.
 * @throws HalolawError `bad-input` for a malformed definition or a name that is already used
 */
export function readDefinitions(texts: readonly string[]): UserOperator[] {
  const operators: UserOperator[] = []
  for (const text of texts) {
    const [, name, list, formula] = /^\s*([A-Za-z_]\w*)\s*\(([^()]*)\)\s*=(?!=)([^]*)$/.exec(text) ?? []
    if (name === undefined)
      throw badInput(
        `The definition "${text}" is malformed; write it like "gauss(x) = exp(-x^2 / 2)": a name, its arguments, a formula.`
      )
    const parameters = list.split(',').map((parameter) => parameter.trim())
    if (
      parameters.length > 3 ||
      parameters.some((p) => !/^[A-Za-z_]\w*$/.test(p)) ||
      new Set(parameters).size < parameters.length
    )
      throw badInput(`The operator "${name}" has the arguments (${list}); define it with one to three different names.`)
    if ((operatorNames as string[]).includes(name) || operators.some((other) => other.name === name))
      throw badInput(`The operator "${name}" already exists; define yours under another name.`)
    const body = parse(formula, {
      variables: parameters,
      functions: Object.fromEntries(operators.map((operator) => [operator.name, operator]))
    })
    const unused = parameters.find((parameter) => !variablesOf(body).includes(parameter))
    if (unused !== undefined)
      throw badInput(`The operator "${name}" does not use its argument "${unused}"; leave it out.`)
    if (body.kind !== 'call')
      throw badInput(`The operator "${name}" only returns its argument; define a formula of it.`)
    operators.push({ name, parameters, body })
    if (operators.filter((operator) => operator.parameters.length === parameters.length).length > userCodesPerArity)
      throw badInput(
        `More than ${userCodesPerArity} operators of ${parameters.length} arguments are defined; define fewer.`
      )
  }
  return operators
}

/** The user operators of one search, with their opcodes; converts formulas between calls of them and their definitions. */
export class UserOperators implements UserOperatorNames {
  readonly list: readonly UserOperator[]
  private readonly codes = new Map<string, number>()
  /** By opcode; its columns are the parameters */
  private readonly bodies = new Map<number, Genome>()

  constructor(list: readonly UserOperator[]) {
    this.list = list
    for (const { name, parameters, body } of list) {
      const earlier = [...this.codes.values()].filter((code) => arityOf[code] === parameters.length)
      const code = firstUserCode(parameters.length) + earlier.length
      const { ops, args } = fromExpression(body, parameters)
      this.codes.set(name, code)
      this.bodies.set(code, { ops: ops.map((op) => (op === opcodes.parameter ? opcodes.constant : op)), args })
    }
  }

  codeOf(name: string): number | undefined {
    return this.codes.get(name)
  }

  nameOf(code: number): string | undefined {
    return this.list.find(({ name }) => this.codes.get(name) === code)?.name
  }

  get opcodes(): number[] {
    return [...this.codes.values()]
  }

  /** Functions for `parse` that stay calls of these operators. */
  get functions(): NonNullable<ParseOptions['functions']> {
    return Object.fromEntries(
      this.list.map(({ name, parameters }) => [
        name,
        { parameters, body: call(name as Operator, ...parameters.map((parameter) => variable(parameter))) }
      ])
    )
  }

  /** The same formula without these operators; an argument that a definition uses twice is repeated. */
  expand(genome: Genome): Genome {
    if (!this.uses(genome)) return genome
    const stack: Required<Genome>[] = []
    genome.ops.forEach((op, i) => {
      const parts = stack.splice(stack.length - arityOf[op])
      const body = this.bodies.get(op) ?? { ops: [op], args: [genome.args[i]] }
      const whole: Required<Genome> = { ops: [], args: [], slots: [] }
      const add = ({ ops, args, slots }: Required<Genome>): void => {
        whole.ops.push(...ops)
        whole.args.push(...args)
        whole.slots.push(...slots)
      }
      if (!this.bodies.has(op)) parts.forEach(add)
      body.ops.forEach((bodyOp, k) => {
        if (this.bodies.has(op) && bodyOp === opcodes.variable) add(parts[body.args[k]])
        else add({ ops: [bodyOp], args: [body.args[k]], slots: [genome.slots?.[i] ?? -1] })
      })
      stack.push(whole)
    })
    const [{ ops, args, slots }] = stack
    return genome.slots ? { ops, args, slots } : { ops, args }
  }

  /** The index of a node in the expanded genome; -1 inside an argument of these operators, which may occur several times. */
  place(genome: Genome, node: number): number {
    if (!this.uses(genome)) return node
    const inside = new Array<boolean>(genome.ops.length).fill(false)
    const firsts: number[] = []
    genome.ops.forEach((op, i) => {
      const parts = firsts.splice(firsts.length - arityOf[op])
      const first = parts[0] ?? i
      if (this.bodies.has(op)) inside.fill(true, first, i)
      firsts.push(first)
    })
    if (inside[node]) return -1
    return this.lengthOf(genome.ops.slice(0, node + 1)) - 1
  }

  /** The same formula without these operators. */
  expandExpression(expression: Expression): Expression {
    if (this.list.length === 0 || expression.kind !== 'call') return expression
    const args = expression.args.map((arg) => this.expandExpression(arg))
    const operator = this.list.find(({ name }) => name === expression.op)
    if (!operator) return { ...expression, args }
    return substitute(operator.body, new Map(operator.parameters.map((parameter, k) => [parameter, args[k]])))
  }

  private uses({ ops }: Genome): boolean {
    return this.bodies.size > 0 && ops.some((op) => this.bodies.has(op))
  }

  /** Nodes of the expanded pieces, one after the other. */
  private lengthOf(ops: readonly number[]): number {
    const lengths: number[] = []
    ops.forEach((op) => {
      const parts = lengths.splice(lengths.length - arityOf[op])
      const body = this.bodies.get(op)
      if (!body) lengths.push(parts.reduce((sum, part) => sum + part, 1))
      else
        lengths.push(
          body.ops.reduce((sum, bodyOp, k) => sum + (bodyOp === opcodes.variable ? parts[body.args[k]] : 1), 0)
        )
    })
    return lengths.reduce((sum, length) => sum + length, 0)
  }
}

export const noUserOperators = new UserOperators([])
