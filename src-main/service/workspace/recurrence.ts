import type { RunDetail, RunSummary } from '../../../src-shared/contract.ts'
import { lawForm, type LawForms } from '../../law/text/law-form.ts'
import type { RunTable } from '../../project/run-table.ts'
import { differBySeed, withRecurrence, type FinishedRun } from '../../run/laws/recurrence.ts'
import { inAllLanguages } from './languages.ts'

type Runs = Pick<RunTable, 'list' | 'front' | 'lawForms'>
type Fronts = Pick<RunDetail, 'messageFront' | 'nodeFront' | 'lawFront'>

/** A finished run as the project stores it; earlier versions stored no forms. */
interface StoredRun extends Omit<FinishedRun, 'forms'> {
  forms: LawForms | null
  /** Of its graph, Mpc/h */
  radius: number
}

/** A run's fronts, and the project's finished runs that differ from it only by their seed, itself among them. */
export interface FrontsRequest extends Fronts {
  /** Null: it has no result, or no run is like it */
  alike: { itself: StoredRun; runs: StoredRun[] } | null
}

/** Collects what `describeFronts` needs from the project. */
export function frontsRequest(detail: RunDetail, runs: Runs): FrontsRequest {
  const { messageFront, nodeFront, lawFront } = detail
  return { messageFront, nodeFront, lawFront, alike: alikeOf(detail, runs) }
}

function alikeOf(detail: RunDetail, runs: Runs): FrontsRequest['alike'] {
  if (!detail.result) return null
  const alike = runs.list().filter((run) => run.result !== null && differBySeed(run.config, detail.config))
  if (alike.length < 2) return null
  return { itself: storedRun(detail, runs), runs: alike.map((run) => storedRun(run, runs)) }
}

function storedRun({ id, name, config, result }: RunSummary, runs: Runs): StoredRun {
  return {
    name,
    text: result?.formula.text ?? '',
    front: runs.front(id, 'law').map((entry) => entry.text),
    forms: runs.lawForms(id),
    radius: config.radius
  }
}

/**
 * The fronts in all languages, and how often the run's laws recur. Reads every formula, which takes some milliseconds
 * each, so that a thread does it.
 */
export function describeFronts({ alike, ...fronts }: FrontsRequest): Fronts & Pick<RunDetail, 'recurrence'> {
  const described = inAllLanguages(fronts)
  return alike ? withRecurrence(described, finishedRun(alike.itself), alike.runs.map(finishedRun)) : described
}

function finishedRun({ radius, ...run }: StoredRun): FinishedRun {
  return { ...run, forms: run.forms ?? parsedForms([run.text, ...run.front], radius) }
}

const parsed = new Map<string, string | null>()
const mostParsed = 10_000

/** The laws of earlier versions are parsed once. */
function parsedForms(texts: readonly string[], radius: number): LawForms {
  if (parsed.size > mostParsed) parsed.clear()
  const formOnce = (text: string): string | null => {
    const key = `${radius} ${text}`
    if (!parsed.has(key)) parsed.set(key, lawForm(text, radius))
    return parsed.get(key) ?? null
  }
  return Object.fromEntries(texts.map((text) => [text, formOnce(text)]))
}
