import { badInput } from '../../../src-shared/errors.ts'
import { constant, mapExpression, substitute, variable, type Expression } from '../language/expression.ts'
import { parse, type ParseOptions } from '../language/parse.ts'
import { evaluate } from '../language/evaluate.ts'
import { printText } from '../language/print/index.ts'
import { tokenize } from '../language/tokens.ts'
import { asFunctionOf, matchTemplate } from './template-match.ts'
import { argumentOf, isPlain, useOf, type Template } from './template.ts'

/** The form in which the functions of a template are written one by one: `f(x) = ..., c = ...`. */
export function guessForm({ functions, constants, uses }: Template): string {
  const target = functions.map(({ name, arity }, k) => `${name}(${parametersOf(k, arity, uses).join(', ')}) = ...`)
  return [...target, ...constants.map((name) => `${name} = ...`)].join(', ')
}

/** Names for the arguments of a function in an example. */
function parametersOf(at: number, arity: number, uses: Template['uses']): string[] {
  const { args } = uses.find((use) => use.function === at)!
  const names = args.map((arg) => (arg.kind === 'variable' && useOf(arg.name) < 0 ? printText(arg) : null))
  return names.every((name) => name !== null) ? names : ['u', 'v', 'w'].slice(0, arity)
}

const definition = /^\s*([A-Za-z]\d*)\s*(?:\(([^()]*)\)\s*)?=(?!=)(.*)$/s

/**
 * Reads a guess for a law of a template's structure: the whole law, or its functions one by one, as in `f(r) = exp(-r), g(m) = m^2, c =
 * 1`. Without brackets, as in `f = exp(-r)`, the arguments are those in the template. Constants may be omitted.
 * @returns the whole law
 * @throws HalolawError `bad-input` if it does not match the template
 */
export function readTemplateGuess(
  text: string,
  template: Template,
  variables: readonly string[],
  functions: NonNullable<ParseOptions['functions']> = {}
): Expression {
  const pieces = /^\s*[A-Za-z]\d*\s*(\([^()]*\)\s*)?=(?!=)/.test(text) ? definitionsIn(text) : null
  const law = pieces ? lawFrom(text, pieces, template, variables, functions) : parse(text, { variables, functions })
  if (!matchTemplate(template, law))
    throw badInput(
      `The guess "${text}" does not match the form "${template.text}"; give it as "${guessForm(template)}".`
    )
  return law
}

/** Splits text at commas and semicolons outside brackets. */
function definitionsIn(text: string): string[] {
  const pieces: string[] = []
  let [from, depth, quoted] = [0, 0, false]
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '`') quoted = !quoted
    if (quoted) continue
    if (text[at] === '(') depth++
    if (text[at] === ')') depth--
    if (depth > 0 || !(text[at] === ',' || text[at] === ';')) continue
    pieces.push(text.slice(from, at))
    from = at + 1
  }
  return [...pieces, text.slice(from)]
}

function lawFrom(
  text: string,
  pieces: readonly string[],
  template: Template,
  variables: readonly string[],
  functions: NonNullable<ParseOptions['functions']>
): Expression {
  const bodies = new Map<string, Expression>()
  for (const piece of pieces) {
    const [, name, brackets, formula] = definition.exec(piece) ?? []
    const target = template.functions.find((each) => each.name === name)
    if (name === undefined || !(target ?? template.constants.includes(name)))
      throw badInput(
        `In the guess "${text}", "${piece.trim()}" is not part of the template "${template.text}"; write "${guessForm(template)}".`
      )
    if (bodies.has(name)) throw badInput(`The guess "${text}" defines ${name} twice; define it once.`)
    const parameters = brackets === undefined ? null : brackets.split(',').map((each) => nameIn(each))
    if (parameters && parameters.length !== (target?.arity ?? 0))
      throw badInput(
        `In the guess "${text}", ${name} has ${parameters.length} argument${parameters.length === 1 ? '' : 's'}, and in the template ${target?.arity ?? 'none'}; write "${guessForm(template)}".`
      )
    const body = parse(formula, { variables: target ? (parameters ?? variables) : [], functions })
    bodies.set(name, target ? ofArguments(text, body, parameters, target.name, template) : body)
  }
  const missing = template.functions.find(({ name }) => !bodies.has(name))
  if (missing) throw badInput(`The guess "${text}" does not define ${missing.name}; write "${guessForm(template)}".`)
  return put(template.skeleton, template, bodies)
}

/** A parameter's name, perhaps in backquotes. */
function nameIn(text: string): string {
  const [token] = tokenize(text)
  if (token.kind !== 'name') throw badInput(`"${text.trim()}" is no name for an argument; use one such as u.`)
  return token.text
}

/** The formula of a function, with the argument names of `argumentOf`. */
function ofArguments(
  text: string,
  body: Expression,
  parameters: string[] | null,
  name: string,
  { uses, functions, text: form }: Template
): Expression {
  if (parameters) return substitute(body, new Map(parameters.map((target, k) => [target, variable(argumentOf(k))])))
  const { args } = uses.find((use) => functions[use.function].name === name)!
  const part = args.every(isPlain) ? asFunctionOf(args, body) : null
  if (!part)
    throw badInput(
      `In the guess "${text}", ${name} is not written with what the template "${form}" has in its brackets; write it as "${name}(${['u', 'v', 'w'].slice(0, args.length).join(', ')}) = ...".`
    )
  return part
}

/** The template with its functions and constants filled in. */
function put(piece: Expression, template: Template, bodies: ReadonlyMap<string, Expression>): Expression {
  return mapExpression(piece, (node) => {
    if (node.kind === 'constant') {
      const value = node.name === undefined ? undefined : bodies.get(node.name)
      return constant(value ? evaluate(value, new Map(), 1)[0] : node.value)
    }
    if (node.kind !== 'variable' || useOf(node.name) < 0) return node
    const { function: at, args } = template.uses[useOf(node.name)]
    const whole = new Map(args.map((arg, k) => [argumentOf(k), put(arg, template, bodies)]))
    return substitute(bodies.get(template.functions[at].name)!, whole)
  })
}
