import type { FrontEntry } from '../../../src-shared/contract.ts'
import type { ChosenMember } from '../choose/choose.ts'
import type { Expression } from '../language/expression.ts'
import { printC, printJulia, printLatex, printNumpy, printSympy, printText } from '../language/print/index.ts'
import type { FrontMember } from '../search/search-types.ts'

/** A formula of a front, as the window and the command line show it. */
export function entryOf({ expression, complexity, loss, score, breaks }: FrontMember): FrontEntry {
  return {
    complexity,
    loss,
    score,
    text: printText(expression),
    latex: printLatex(expression),
    python: printNumpy(expression),
    ...otherLanguages(expression),
    ...(breaks && { breaks })
  }
}

/** Further languages of a front's entry, besides text, LaTeX and NumPy. */
export function otherLanguages(expression: Expression): Pick<FrontEntry, 'sympy' | 'julia' | 'c'> {
  return { sympy: printSympy(expression), julia: printJulia(expression), c: printC(expression) }
}

/** With the evidence for and against the formula. */
export function chosenEntryOf(member: ChosenMember): FrontEntry {
  const { validationLoss, bic, mdl, named, constants, rounded } = member
  return {
    ...entryOf(member),
    validationLoss,
    bic,
    mdl,
    form: printText(named, { constants: 'names' }),
    constants,
    rounded: printText(rounded)
  }
}
