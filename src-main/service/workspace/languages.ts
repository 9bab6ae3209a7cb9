import type { FrontEntry, RunDetail } from '../../../src-shared/contract.ts'
import { otherLanguages, parse } from '../../symbolic/index.ts'

/** A run's formulas in SymPy, Julia and C as well: projects keep text, LaTeX and NumPy. Laws on the graph are more than one expression. */
export function inAllLanguages(detail: RunDetail): RunDetail {
  return {
    ...detail,
    messageFront: detail.messageFront.map(withLanguages),
    nodeFront: detail.nodeFront.map(withLanguages)
  }
}

function withLanguages(entry: FrontEntry): FrontEntry {
  try {
    return { ...entry, ...otherLanguages(parse(entry.text)) }
  } catch {
    // a project may come from anywhere, and its text be no formula
    return entry
  }
}
