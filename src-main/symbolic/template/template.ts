import { badInput } from '../../../src-shared/errors.ts'
import { constantsOf, variable, variablesOf, type Expression } from '../language/expression.ts'
import { fromExpression } from '../language/genome.ts'
import { parse, type ParseOptions } from '../language/parse.ts'
import { printText } from '../language/print/index.ts'
import { tokenize } from '../language/tokens.ts'
import { fitsUnits, type UnitSystem } from '../constraints/units.ts'

/**
 * The structure of a law with unknown parts, as in `f(r) * g(m_i) + c`: f and g are unknown functions of their arguments, c is a fitted
 * constant, and everything else is fixed. Plain data.
 */
export interface Template {
  readonly text: string
  readonly functions: readonly { readonly name: string; readonly arity: number }[]
  /** Names of the fitted constants */
  readonly constants: readonly string[]
  /** The law with a hole, a variable named by `holeOf`, for each use of an unknown function, and named constants. */
  readonly skeleton: Expression
  /** For each hole, the function and its arguments. A function used twice is the same in both places. */
  readonly uses: readonly { readonly function: number; readonly args: readonly Expression[] }[]
}

const functionName = /^[A-Za-z]\d*$/
const constantName = /^[cC]\d*$/
const most = 8

/** The name of the k-th hole; no variable has such a name. */
const holeOf = (use: number): string => `\0use${use}`

/** The name of a function's k-th argument in the formula of the function. */
export const argumentOf = (k: number): string => `\0${k}`

/** The index of the hole that a variable names, or -1. */
export function useOf(name: string): number {
  return name.startsWith('\0use') ? Number(name.slice(4)) : -1
}

/**
 * Reads a template in the language of formulas. Unknown functions have one letter and perhaps a number (f, g, f1), fitted constants are
 * c, c1, c2...; any other name is a variable.
 * @param userOperators operators that formulas may use besides those of the language
 * @throws HalolawError `bad-input` for an unknown variable, a function used with different numbers of arguments, or none at all.
 */
export function readTemplate(
  text: string,
  variables: readonly string[],
  userFunctions: NonNullable<ParseOptions['functions']> = {}
): Template {
  const tokens = tokenize(text)
  const names: string[] = []
  const constants: string[] = []
  tokens.forEach((token, k) => {
    if (token.kind !== 'name' || token.quoted) return
    const following = tokens[k + 1]
    const isCall = following.kind === 'mark' && following.text === '('
    if (
      isCall &&
      functionName.test(token.text) &&
      !Object.hasOwn(userFunctions, token.text) &&
      !names.includes(token.text)
    )
      names.push(token.text)
    const isConstant = !isCall && constantName.test(token.text) && !variables.includes(token.text)
    if (isConstant && !constants.includes(token.text)) constants.push(token.text)
  })
  if (names.length === 0)
    throw badInput(
      `The template "${text}" has no unknown function; name at least one, as in "f(${variables[0] ?? 'x'}) + c".`
    )
  if (names.length > most)
    throw badInput(`The template "${text}" has ${names.length} unknown functions; write at most ${most}.`)

  const arities = new Map<string, number>()
  const uses: { function: number; args: Expression[] }[] = []
  const functions = Object.fromEntries(
    names.map((name, index) => [
      name,
      (args: readonly Expression[]): Expression => {
        const known = arities.get(name)
        if (args.length === 0)
          throw badInput(`In the template "${text}", ${name} has no argument; name what it depends on.`)
        if (known !== undefined && known !== args.length)
          throw badInput(
            `In the template "${text}", ${name} takes ${known} argument${known === 1 ? '' : 's'} in one place and ${args.length} in another; give it the same number everywhere.`
          )
        arities.set(name, args.length)
        uses.push({ function: index, args: [...args] })
        return variable(holeOf(uses.length - 1))
      }
    ])
  )
  const skeleton = parse(text, {
    variables,
    functions: { ...userFunctions, ...functions },
    constants: Object.fromEntries(constants.map((name) => [name, 1]))
  })
  for (const use of uses)
    for (const arg of use.args)
      if (variablesOf(arg).length === 0)
        throw badInput(
          `In the template "${text}", an argument of ${names[use.function]} has no variable in it; name what the function depends on.`
        )
  return { text, functions: names.map((name) => ({ name, arity: arities.get(name)! })), constants, skeleton, uses }
}

/** @throws HalolawError `bad-input` if the units within an argument are inconsistent, whatever the functions are */
export function checkTemplateUnits(
  { text, functions, uses }: Template,
  variables: readonly string[],
  units: UnitSystem
): void {
  for (const { function: at, args } of uses)
    for (const arg of args)
      if (isPlain(arg) && !fitsUnits(fromExpression(arg, variables, { integers: 'literal' }), units, 'any'))
        throw badInput(
          `In the template "${text}", the units of ${printText(arg)} do not fit together, so no ${functions[at].name} of it has a unit; change this argument, or the units of its columns.`
        )
}

/** The fixed parts of the template: its skeleton and the arguments. */
export function lawsOf({ skeleton, uses }: Template): Expression[] {
  return [skeleton, ...uses.flatMap(({ args }) => args)]
}

/** Arguments that are formulas of variables only, without unknown functions and fitted constants. */
export function isPlain(argument: Expression): boolean {
  return constantsOf(argument).length === 0 && variablesOf(argument).every((name) => useOf(name) < 0)
}

/** The columns that the search needs for the template: its plain arguments, each once. */
export function templateLeaves(template: Template): Expression[] {
  const leaves = new Map<string, Expression>()
  for (const { args } of template.uses) for (const arg of args) if (isPlain(arg)) leaves.set(JSON.stringify(arg), arg)
  return [...leaves.values()]
}
