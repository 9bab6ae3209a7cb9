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

/** A composed law, and for each of its nodes the node of the parts from which it comes (-1: from the template). */
export interface Composed {
  law: Genome
  origin: number[]
}

/** The scale of a function and its offset; null: none. */
export interface Stretch {
  scale: number | null
  offset: number | null
}

/**
 * Composes a template with its unknown functions. The parts are one genome: the formula of each function, of its arguments (column 0,
 * 1...), followed by one fitted constant for each constant of the template. Evolution changes parts; the law is fitted, ranked and
 * printed.
 */
export class Composition {
  readonly template: Template
  private readonly userOperators: UserOperators
  private readonly columnOf: (argument: Expression) => number
  private readonly variables: ReadonlyMap<string, number>

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

  /** Splits the parts. */
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

  /** The parts of these functions, with the template's constants at 1. */
  withConstants(functions: readonly Genome[]): Genome {
    return this.join([...functions, ...this.template.constants.map(() => fitted(1))])
  }

  /** Each part with every subtree of constants replaced by one constant. */
  folded(parts: Genome): Genome {
    return this.join(this.split(parts).map((part) => foldConstants(part, this.userOperators)))
  }

  /** The law. A constant of a part that occurs in several places of the law stays one constant. */
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

  /** The parts with the constants of the fitted law. */
  readBack(parts: Genome, law: Genome): Genome {
    const values: number[] = []
    law.slots?.forEach((slot, i) => slot >= 0 && (values[slot] = law.args[i]))
    let slot = 0
    return {
      ops: parts.ops,
      args: parts.args.map((arg, i) => (parts.ops[i] === opcodes.parameter ? (values[slot++] ?? arg) : arg))
    }
  }

  /** The parts with a scale and an offset added to each function that may have them. */
  stretch(parts: Genome, stretches: readonly Stretch[]): Genome {
    return this.join(
      this.split(parts).map((part, k) => {
        const { scale = null, offset = null } = stretches[k] ?? {}
        const scaled = scale === null ? part : join(opcodeOf('*'), fitted(scale), part)
        return offset === null ? scaled : join(opcodeOf('+'), scaled, fitted(offset))
      })
    )
  }

  /** The inverse of `stretch`, with the constants of a fit. */
  relax(parts: Genome, stretches: readonly Stretch[]): { parts: Genome; stretches: Stretch[] } {
    const refitted: Stretch[] = []
    const bare = this.split(parts).map(({ ops, args }, k) => {
      const { scale = null, offset = null } = stretches[k] ?? {}
      const first = scale === null ? 0 : 1
      const end = ops.length - (offset === null ? 0 : 2) - first
      if (k < this.functions)
        refitted.push({
          scale: scale === null ? null : args[0],
          offset: offset === null ? null : args[args.length - 2]
        })
      return { ops: ops.slice(first, end), args: args.slice(first, end) }
    })
    return { parts: this.join(bare), stretches: refitted }
  }

  /** The k-th part as a formula of its arguments, named `arguments[k]`. */
  write(part: Genome, k: number): Expression {
    return toExpression(part, this.argumentsOf(k), this.userOperators)
  }

  /** Integers become literals, as in `fromExpression`. */
  read(expression: Expression, k: number): Genome {
    return fromExpression(expression, this.argumentsOf(k), { integers: 'literal', userOperators: this.userOperators })
  }

  argumentsOf(k: number): string[] {
    return Array.from({ length: this.template.functions[k]?.arity ?? 0 }, (_, i) => argumentOf(i))
  }

  /**
   * The columns of a function's arguments at its first use; null if it is inside another function or has arguments other than columns.
   */
  columnsOf(at: number): number[] | null {
    const { uses } = this.template
    const [first] = uses.filter((use) => use.function === at)
    const isWithin = uses.some(({ args }) =>
      args.some((arg) => variablesOf(arg).some((name) => uses[useOf(name)]?.function === at))
    )
    return !isWithin && first.args.every(isPlain) ? first.args.map(this.columnOf) : null
  }

  /** True if the number of parts is that of the template and each uses only its arguments. */
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

/** Parts in which integer constants are literals, such as 2 and not 2.03. */
export function withLiterals(parts: Genome): Genome {
  const isInteger = parts.ops.map((op, i) => op === opcodes.parameter && Number.isInteger(parts.args[i]))
  return { ops: parts.ops.map((op, i) => (isInteger[i] ? opcodes.constant : op)), args: parts.args }
}
