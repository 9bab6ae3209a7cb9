import type { BoxSize } from '../../../src-shared/contract/box.ts'
import type { FormulaReport, FrontEntry } from '../../../src-shared/contract.ts'
import { printLatex, printText, substitute, variable, variablesOf, withoutDoubleSigns } from '../../symbolic/index.ts'
import type { Expression } from '../../symbolic/index.ts'
import type { FittedLaw, GraphLaw } from '../graph-law.ts'
import { lawInC } from './print/c.ts'
import { lawInJulia } from './print/julia.ts'
import { lawInNumpy } from './print/numpy.ts'
import { lawInSympy } from './print/sympy.ts'

/** Digits of constants in text and LaTeX; programs get all of them. */
const digits = 4

/**
 * A law for people and programs. `python` is a NumPy function that finds the neighbours itself.
 * @param radius of the graph, Mpc/h
 * @param boxSize the periodic box, Mpc/h; null in open space
 */
export function describeLaw(formula: GraphLaw, radius: number, boxSize: BoxSize | null): FormulaReport {
  const single = formula.messages.length === 1
  const withPlainNames = (expression: Expression): Expression =>
    withoutDoubleSigns(single ? substitute(expression, new Map([['e1', variable('e')]])) : expression)
  const name = (k: number): string => (single ? 'e' : `e${k + 1}`)
  const node = printText(withPlainNames(formula.node), { digits })
  const messages = formula.messages.map((message) => printText(withoutDoubleSigns(message), { digits }))
  const used = formula.messages.map((_, k) => variablesOf(formula.node).includes(`e${k + 1}`))
  const texts = messages.map((message, k) => `${name(k)} = sum(${message} for r < ${radius})`).filter((_, k) => used[k])
  return {
    message: messages.join('; '),
    node,
    text: [`delta = ${node}`, ...texts].join(', '),
    latex: latexOf(formula, used, radius),
    python: lawInNumpy(formula, radius, boxSize),
    sympy: lawInSympy(formula, radius),
    julia: lawInJulia(formula, radius, boxSize),
    c: lawInC(formula, boxSize)
  }
}

/**
 * A front of laws for display and storage, simplest first; a score is -dlog(loss)/dcomplexity from the law before.
 * Losses on validation halos are present once the search is over.
 * @param radius of the graph, Mpc/h
 * @param boxSize the periodic box, Mpc/h; null in open space
 */
export function describeFront(
  front: readonly Pick<FittedLaw, 'formula' | 'complexity' | 'trainMae' | 'validationMae'>[],
  radius: number,
  boxSize: BoxSize | null
): FrontEntry[] {
  return front.map(({ formula, complexity, trainMae: loss, validationMae }, k) => {
    const before = front[k - 1]
    const score = before ? Math.log(before.trainMae / loss) / (complexity - before.complexity) : 0
    const { text, latex, python } = describeLaw(formula, radius, boxSize)
    return {
      complexity,
      loss,
      score,
      text,
      latex,
      python,
      ...(validationMae !== undefined && { validationLoss: validationMae })
    }
  })
}

function latexOf(formula: GraphLaw, used: boolean[], radius: number): string {
  const single = formula.messages.length === 1
  const symbol = (k: number): string => (single ? 'e_{i}' : `e_{${k + 1},i}`)
  // Sums get unique names first, and their symbols in the finished text.
  const stand = new Map(formula.messages.map((_, k) => [`e${k + 1}`, variable(`e_${k + 1}`)]))
  let node = printLatex(substitute(formula.node, stand), { digits })
  formula.messages.forEach(
    (_, k) => (node = node.replaceAll(`{e}_{${k + 1}}`, symbol(k)).replaceAll(`e_{${k + 1}}`, symbol(k)))
  )
  const sums = formula.messages
    .map(
      (message, k) =>
        `${symbol(k)} = \\sum_{j:\\, r < ${radius}} ${bracketed(printLatex(message, { digits }), message)}`
    )
    .filter((_, k) => used[k])
  return [`\\hat{\\delta}_{i} = ${node}`, ...sums].join(', \\quad ')
}

function bracketed(latex: string, expression: Expression): string {
  return expression.kind === 'call' && (expression.op === '+' || expression.op === '-')
    ? `\\left(${latex}\\right)`
    : latex
}
