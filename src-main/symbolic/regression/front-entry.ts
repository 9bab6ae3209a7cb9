import type { FrontEntry } from '../../../src-shared/contract.ts'
import type { ChosenMember } from '../choose/choose.ts'
import type { Expression } from '../language/expression.ts'
import { printC, printJulia, printLatex, printNumpy, printSympy, printText } from '../language/print/index.ts'
import type { FrontMember } from '../search/search-types.ts'

/** A front's formula as windows and the command line show it. */
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

/** What a front's entry says beside text, LaTeX and NumPy. */
export function otherLanguages(expression: Expression): Pick<FrontEntry, 'sympy' | 'julia' | 'c'> {
  return { sympy: printSympy(expression), julia: printJulia(expression), c: printC(expression) }
}

/** With what there is to say for and against it. */
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
