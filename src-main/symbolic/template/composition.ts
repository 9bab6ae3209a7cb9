import { equal, variablesOf, type Expression } from '../language/expression.ts'
import {
  arityOf,
  firstOf,
  fitted,
  foldConstants,
  fromExpression,
  join,
  toExpression,
  type Genome
} from '../language/genome.ts'
import { noUserOperators, type UserOperators } from '../language/user-operators.ts'
import { opcodeOf, opcodes } from '../language/program.ts'
import type { Inputs } from '../constraints/inputs.ts'
import { argumentOf, isPlain, useOf, type Template } from './template.ts'
import type { TemplateParts } from './template-match.ts'

/** A law put together, and for each of its nodes the node of the parts that it comes from (-1: of the template itself). */
export interface Composed {
  law: Genome
  origin: number[]
}

/** The constant times a function and the one added to it; null: there is none. */
export interface Stretch {
  scale: number | null
  offset: number | null
}

/**
 * Puts unknown functions into a template. The parts are held as one genome: the functions' formulas, of their own arguments
 * (column 0, 1...), one after the other, then one fitted constant for each of the template's. Evolution works on parts; what is
 * fitted, ranked and printed is the law.
 */
export class Composition {
  readonly template: Template
  private readonly userOperators: UserOperators
  private readonly columnOf: (argument: Expression) => number
  private readonly variables: ReadonlyMap<string, number>

  /** @param own operators that the search defines */
  constructor(template: Template, inputs: Inputs, userOperators: UserOperators = noUserOperators) {
    this.template = template
    this.userOperators = userOperators
    this.columnOf = (argument) => inputs.columns.findIndex((column) => equal(column, argument))
    this.variables = new Map(
      inputs.columns.flatMap((column, k) => (column.kind === 'variable' ? [[column.name, k] as const] : []))
    )
  }

  get functions(): number {
    return this.template.functions.length
  }

  /** Functions as formulas of their arguments, and the template's constants. */
  partsOf({ functions, constants }: TemplateParts): Genome {
    return this.join([...functions.map((part, k) => this.read(part, k)), ...constants.map((value) => fitted(value))])
  }

  /** Cuts the parts apart. */
  split(parts: Genome): Genome[] {
    const list: Genome[] = []
    for (let end = parts.ops.length - 1; end >= 0;) {
      const first = firstOf(parts.ops, end)
      list.unshift({ ops: parts.ops.slice(first, end + 1), args: parts.args.slice(first, end + 1) })
      end = first - 1
    }
    return list
  }

  join(list: readonly Genome[]): Genome {
    return { ops: list.flatMap(({ ops }) => ops), args: list.flatMap(({ args }) => args) }
  }

  /** Parts of the given functions, with the template's constants at 1. */
  withConstants(functions: readonly Genome[]): Genome {
    return this.join([...functions, ...this.template.constants.map(() => fitted(1))])
  }

  /** Each part without sums and products of constants alone. */
  folded(parts: Genome): Genome {
    return this.join(this.split(parts).map((part) => foldConstants(part, this.userOperators)))
  }

  /** The law; constants of one part that stand in several places of it stay one constant. */
  compose(parts: Genome): Composed {
    const list = this.split(parts)
    const starts: number[] = []
    const slotOf: number[] = []
    let slots = 0
    list.forEach((part, k) => {
      starts[k] = slotOf.length
      for (const op of part.ops) slotOf.push(op === opcodes.parameter ? slots++ : -1)
    })
    const law: Required<Genome> = { ops: [], args: [], slots: [] }
    const origin: number[] = []
    const push = (op: number, arg: number, slot: number, from: number): void => {
      law.ops.push(op)
      law.args.push(arg)
      law.slots.push(slot)
      origin.push(from)
    }
    const { template } = this
    const emit = (e: Expression): void => {
      if (e.kind === 'call') {
        e.args.forEach(emit)
        push(this.userOperators.codeOf(e.op) ?? opcodeOf(e.op), 0, -1, -1)
      } else if (e.kind === 'variable') {
        if (useOf(e.name) >= 0) emitUse(useOf(e.name))
        else push(opcodes.variable, this.variables.get(e.name)!, -1, -1)
      } else if (e.name === undefined) push(opcodes.constant, e.value, -1, -1)
      else {
        const part = this.functions + template.constants.indexOf(e.name)
        push(list[part].ops[0], list[part].args[0], slotOf[starts[part]], starts[part])
      }
    }
    const emitUse = (use: number): void => {
      const { function: part, args } = template.uses[use]
      list[part].ops.forEach((op, i) => {
        const from = starts[part] + i
        if (op !== opcodes.variable) return push(op, list[part].args[i], slotOf[from], from)
        const argument = args[list[part].args[i]]
        if (isPlain(argument)) push(op, this.columnOf(argument), -1, from)
        else emit(argument)
      })
    }
    emit(template.skeleton)
    return { law, origin }
  }

  /** The parts with the constants that a fit of the law has found. */
  readBack(parts: Genome, law: Genome): Genome {
    const values: number[] = []
    law.slots?.forEach((slot, i) => slot >= 0 && (values[slot] = law.args[i]))
    let slot = 0
    return {
      ops: parts.ops,
      args: parts.args.map((arg, i) => (parts.ops[i] === opcodes.parameter ? (values[slot++] ?? arg) : arg))
    }
  }

  /** Parts with a constant times, and another added to, each function that has one. */
  stretch(parts: Genome, stretches: readonly Stretch[]): Genome {
    return this.join(
      this.split(parts).map((part, k) => {
        const { scale = null, offset = null } = stretches[k] ?? {}
        const scaled = scale === null ? part : join(opcodeOf('*'), fitted(scale), part)
        return offset === null ? scaled : join(opcodeOf('+'), scaled, fitted(offset))
      })
    )
  }

  /** Takes apart what `stretch` has made, with the constants that a fit has found. */
  relax(parts: Genome, stretches: readonly Stretch[]): { parts: Genome; stretches: Stretch[] } {
    const found: Stretch[] = []
    const bare = this.split(parts).map(({ ops, args }, k) => {
      const { scale = null, offset = null } = stretches[k] ?? {}
      const first = scale === null ? 0 : 1
      const end = ops.length - (offset === null ? 0 : 2) - first
      if (k < this.functions)
        found.push({ scale: scale === null ? null : args[0], offset: offset === null ? null : args[args.length - 2] })
      return { ops: ops.slice(first, end), args: args.slice(first, end) }
    })
    return { parts: this.join(bare), stretches: found }
  }

  /** The k-th part as a formula of its arguments, named `arguments[k]`. */
  write(part: Genome, k: number): Expression {
    return toExpression(part, this.argumentsOf(k), this.userOperators)
  }

  /** Integers become literals, as in `fromExpression`. */
  read(expression: Expression, k: number): Genome {
    return fromExpression(expression, this.argumentsOf(k), true, this.userOperators)
  }

  argumentsOf(k: number): string[] {
    return Array.from({ length: this.template.functions[k]?.arity ?? 0 }, (_, i) => argumentOf(i))
  }

  /**
   * The columns of a function's arguments where it stands first; null where it stands within another, or is of more than columns.
   */
  columnsOf(at: number): number[] | null {
    const { uses } = this.template
    const [first] = uses.filter((use) => use.function === at)
    const isWithin = uses.some(({ args }) =>
      args.some((arg) => variablesOf(arg).some((name) => uses[useOf(name)]?.function === at))
    )
    return !isWithin && first.args.every(isPlain) ? first.args.map(this.columnOf) : null
  }

  /** True where parts are as many as the template has, each of its own arguments. */
  accepts(parts: Genome): boolean {
    const list = this.split(parts)
    return (
      list.length === this.functions + this.template.constants.length &&
      list.every(({ ops, args }, k) => {
        const arity = this.template.functions[k]?.arity ?? 0
        if (k >= this.functions && (ops.length !== 1 || arityOf[ops[0]] > 0)) return false
        return ops.every((op, i) => op !== opcodes.variable || args[i] < arity)
      })
    )
  }
}

/** Parts whose integer constants are literals: those that a formula shows as 2 and not as 2.03. */
export function withLiterals(parts: Genome): Genome {
  const isInteger = parts.ops.map((op, i) => op === opcodes.parameter && Number.isInteger(parts.args[i]))
  return { ops: parts.ops.map((op, i) => (isInteger[i] ? opcodes.constant : op)), args: parts.args }
}
