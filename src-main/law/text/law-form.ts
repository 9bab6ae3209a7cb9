import { logger } from '../../log.ts'
import { formOf } from '../../symbolic/index.ts'
import { checkLawSize } from './law-size.ts'
import { parseLaw } from './parse-law.ts'

const log = logger('law')

/** Canonical forms of laws by their text; null for a text that is not a law. Plain data. */
export type LawForms = Record<string, string | null>

/**
 * The canonical form of a law: node and messages up to the values of their constants (see form.ts). It is that of the printed law,
 * whose constants have few digits: an exponent that is printed as 2 belongs to the form.
 * @param text as describeLaw prints it
 * @param radius of the graph, Mpc/h
 * @returns null for a text that is not a law or is too large, because a project file may come from anywhere
 */
export function lawForm(text: string, radius: number): string | null {
  try {
    const law = parseLaw(text, radius)
    checkLawSize(law)
    const { node, messages } = law
    return [node, ...messages].map((part) => formOf(part).text).join(' | ')
  } catch (cause) {
    log.debug(`"${text}" is not a law.`, cause)
    return null
  }
}

export function lawForms(texts: readonly string[], radius: number): LawForms {
  return Object.fromEntries(texts.map((text) => [text, lawForm(text, radius)]))
}
