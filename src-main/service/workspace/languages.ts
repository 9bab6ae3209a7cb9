import type { FrontEntry, RunDetail } from '../../../src-shared/contract.ts'
import { otherLanguages, parse } from '../../symbolic/index.ts'

/**
 * Adds SymPy, Julia and C to a run's formulas; projects store text, LaTeX and NumPy. Laws on the graph consist of more
 * than one expression.
 */
export function inAllLanguages<Fronts extends Pick<RunDetail, 'messageFront' | 'nodeFront'>>(detail: Fronts): Fronts {
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
    // A project may come from an untrusted source, so its text may not be a formula.
    return entry
  }
}
