import { badInput } from '../../../src-shared/errors.ts'
import { call, constant, operatorNames, operators, variable, type Expression, type Operator } from './expression.ts'
import { nearNames } from '../../near-names.ts'
import { tokenize, type Token } from './tokens.ts'

export interface ParseOptions {
  /** Names that are fitted constants, with their values. */
  constants?: Readonly<Record<string, number>>
  /** If present, any other name is an error that lists similar ones. */
  variables?: readonly string[]
  /** User-defined functions, by formula: `{ kernel: { parameters: ['a'], body: parse('1 / (1 + a^2)') } }`. */
  functions?: Readonly<Record<string, UserFunction>>
}

/** A function by formula, or a callback that returns the expression for a use. */
export type UserFunction =
  { readonly parameters: readonly string[]; readonly body: Expression } | ((args: readonly Expression[]) => Expression)

const maxLength = 20_000
const maxNodes = 5_000
const maxDepth = 200

/** Left binding powers; `^` binds to the right, comparisons chain (0 < x < 3), `not` binds less tightly than comparisons. */
const bindingPower: Record<string, number> = {
  or: 1,
  and: 2,
  '>': 4,
  '<': 4,
  '>=': 4,
  '<=': 4,
  '==': 4,
  '!=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '^': 8
}
const notPower = 3
const negPower = 7

const literals: Record<string, number> = { pi: Math.PI, inf: Infinity, nan: NaN, true: 1, false: 0 }
const aliases: Record<string, Operator> = {
  ln: 'log',
  pow: '^',
  IF: 'if',
  where: 'if',
  arcsin: 'asin',
  arccos: 'acos',
  arctan: 'atan',
  reciprocal: 'inv',
  heaviside: 'step'
}
const functionNames = operatorNames.filter((name) => /^[a-z]/.test(name) && !['and', 'or', 'not'].includes(name))

/**
 * Reads a formula: + - * / ^ (or **), comparisons, and/or/not (or & | !), functions, pi, inf, nan, numbers with exponents,
 * names, and `names with blanks` in backquotes. Comparisons chain. Never evaluates anything.
 * @throws HalolawError `bad-input` with the column of the first mistake and, for a misspelt name, the nearest ones.
 */
export function parse(text: string, options: ParseOptions = {}): Expression {
  if (text.length > maxLength)
    throw badInput(`The formula has ${text.length} characters, and at most ${maxLength} are read; shorten it.`)
  return new Parser(text, options).whole()
}

class Parser {
  private readonly text: string
  private readonly options: ParseOptions
  private readonly tokens: Token[]
  private position = 0
  private nodes = 0
  private depth = 0

  constructor(text: string, options: ParseOptions) {
    this.text = text
    this.options = options
    this.tokens = tokenize(text)
  }

  whole(): Expression {
    if (this.tokens.length === 1) throw badInput('The formula is empty; write an expression such as "x > 400".')
    const expression = this.expression(0)
    const token = this.peek()
    if (token.kind !== 'end')
      this.fail(token, `${describe(token)} does not fit here; write an operator before it, or leave it out`)
    return expression
  }

  private expression(minPower: number): Expression {
    if (++this.depth > maxDepth)
      throw badInput(
        `The formula is nested more than ${maxDepth} levels deep; remove brackets, or split it into derived columns.`
      )
    let left = this.prefix()
    let compared: Expression | null = null
    for (;;) {
      const token = this.peek()
      if (token.kind !== 'operator') break
      const power = bindingPower[token.text]
      if (power === undefined || power <= minPower) break
      this.position++
      const op = token.text as Operator
      const right = this.expression(op === '^' ? power - 1 : power)
      if (power === 4) {
        // 0 < x < 3 means (0 < x) and (x < 3)
        const pair: Expression = this.counted(call(op, compared ?? left, right))
        left = compared === null ? pair : this.counted(call('and', left, pair))
        compared = right
      } else {
        left = this.counted(call(op, left, right))
        compared = null
      }
    }
    this.depth--
    return left
  }

  private prefix(): Expression {
    const token = this.next()
    switch (token.kind) {
      case 'number':
        return this.counted(constant(token.value))
      case 'name':
        return token.quoted ? this.name(token) : this.nameOrCall(token)
      case 'operator':
        if (token.text === '-') return this.negative()
        if (token.text === '+') return this.expression(negPower)
        if (token.text === 'not') return this.counted(call('not', this.expression(notPower)))
        break
      case 'mark':
        if (token.text === '(') {
          const inner = this.expression(0)
          this.close(token)
          return inner
        }
        break
      case 'end':
        this.fail(token, 'the formula ends where a value should follow; add a column, a number or a bracket')
    }
    return this.fail(token, `${describe(token)} stands where a value should; write a column or a number there`)
  }

  /** -2 is a number; -2^2 is -(2^2); -x is neg(x). */
  private negative(): Expression {
    const token = this.peek()
    const after = this.tokens[this.position + 1]
    const value =
      token.kind === 'number' ? token.value : token.text === 'inf' && this.isLiteral(token) ? Infinity : null
    if (value !== null && !(after.kind === 'operator' && after.text === '^')) {
      this.position++
      return this.counted(constant(-value))
    }
    return this.counted(call('neg', this.expression(negPower)))
  }

  private nameOrCall(token: Token): Expression {
    const following = this.peek()
    if (!(following.kind === 'mark' && following.text === '(')) return this.name(token)
    this.position++
    const args: Expression[] = []
    if (!this.isMark(this.peek(), ')')) {
      do args.push(this.expression(0))
      while (this.isMark(this.peek(), ',') && this.position++ >= 0)
    }
    this.close(following)
    return this.apply(token, args)
  }

  private apply(token: Token, args: Expression[]): Expression {
    const { functions } = this.options
    const userFunction = functions && Object.hasOwn(functions, token.text) ? functions[token.text] : undefined
    if (typeof userFunction === 'function') return this.counted(userFunction(args))
    if (userFunction) {
      if (userFunction.parameters.length !== args.length)
        this.failCount(token, userFunction.parameters.length, args.length)
      return this.counted(replaceParameters(userFunction.body, userFunction.parameters, args))
    }
    const op = (functionNames as string[]).includes(token.text) ? (token.text as Operator) : aliases[token.text]
    if (op === undefined) {
      const known = [...functionNames, ...Object.keys(this.options.functions ?? {})]
      const near = nearNames(token.text, known)
      const rest = near.length > 0 ? '' : `; choose one of ${known.join(' ')}`
      this.fail(token, `there is no function "${token.text}"${rest}`, near)
    }
    if ((op === 'min' || op === 'max') && args.length > 2)
      return args.slice(1).reduce((left, right) => this.counted(call(op, left, right)), args[0])
    if (operators[op] !== args.length) this.failCount(token, operators[op], args.length)
    return this.counted(call(op, ...args))
  }

  private name(token: Token): Expression {
    const { constants, variables } = this.options
    if (constants && Object.hasOwn(constants, token.text))
      return this.counted(constant(constants[token.text], token.text))
    if (this.isLiteral(token)) return this.counted(constant(literals[token.text]))
    const known = variables === undefined || variables.includes(token.text)
    if (!known) {
      const near = nearNames(token.text, variables)
      const rest = near.length > 0 ? '' : `; choose one of ${variables.slice(0, 20).join(', ') || 'none'}`
      this.fail(token, `there is no "${token.text}"${rest}`, near)
    }
    return this.counted(variable(token.text))
  }

  /** pi, inf, nan, true and false, unless a column has that name or the name is quoted. */
  private isLiteral(token: Token): boolean {
    if (token.kind !== 'name' || token.quoted || !Object.hasOwn(literals, token.text)) return false
    return !this.options.variables?.includes(token.text)
  }

  private counted(node: Expression): Expression {
    if (++this.nodes > maxNodes)
      throw badInput(
        `The formula has more than ${maxNodes} operators, columns and numbers; shorten it, or split it into derived columns.`
      )
    return node
  }

  private close(open: Token): void {
    const token = this.next()
    if (!this.isMark(token, ')'))
      this.fail(
        token,
        `the bracket opened in column ${open.column} is not closed before ${describe(token)}; write the missing )`
      )
  }

  private isMark(token: Token, mark: string): boolean {
    return token.kind === 'mark' && token.text === mark
  }

  private peek(): Token {
    return this.tokens[this.position]
  }

  private next(): Token {
    const token = this.tokens[this.position]
    if (token.kind !== 'end') this.position++
    return token
  }

  private failCount(token: Token, expected: number, actual: number): never {
    return this.fail(token, `${token.text} takes ${expected} argument${expected === 1 ? '' : 's'}, not ${actual}`)
  }

  private fail(token: Token, what: string, near: readonly string[] = []): never {
    const suggestion = near.length > 0 ? `; did you mean ${near.map((name) => `"${name}"`).join(' or ')}?` : '.'
    const excerpt = this.text.length > 80 ? `${this.text.slice(0, 77)}...` : this.text
    throw badInput(`In "${excerpt}", column ${token.column}: ${what}${suggestion}`)
  }
}

function describe(token: Token): string {
  return token.kind === 'end' ? 'the end' : `"${token.text}"`
}

function replaceParameters(body: Expression, parameters: readonly string[], args: readonly Expression[]): Expression {
  if (body.kind === 'variable') {
    const index = parameters.indexOf(body.name)
    return index >= 0 ? args[index] : body
  }
  if (body.kind === 'constant') return body
  return { ...body, args: body.args.map((arg) => replaceParameters(arg, parameters, args)) }
}
