import type { RunDetail, RunSummary } from '../../../src-shared/contract.ts'
import { lawForms, type LawForms } from '../../law/text/law-form.ts'
import type { RunTable } from '../../project/run-table.ts'
import { differBySeed, withRecurrence, type FinishedRun } from '../../run/laws/recurrence.ts'

type Runs = Pick<RunTable, 'list' | 'front' | 'lawForms'>

/** Adds to a run's detail how often its laws recur among the project's finished runs that differ only by their seed. */
export function withRecurrenceIn(detail: RunDetail, runs: Runs): RunDetail {
  if (!detail.result) return detail
  const alike = runs.list().filter((run) => run.result !== null && differBySeed(run.config, detail.config))
  if (alike.length < 2) return detail
  return withRecurrence(
    detail,
    finishedRun(detail, runs),
    alike.map((run) => finishedRun(run, runs))
  )
}

function finishedRun(run: RunSummary, runs: Runs): FinishedRun {
  const text = run.result?.formula.text ?? ''
  const front = runs.front(run.id, 'law').map((entry) => entry.text)
  return { name: run.name, text, front, forms: runs.lawForms(run.id) ?? parsedForms(run, [text, ...front], runs) }
}

const parsed = new WeakMap<Runs, Map<string, LawForms>>()

/** Runs of earlier versions have no stored forms, so their laws are parsed once while the project is open. */
function parsedForms({ id, config }: RunSummary, texts: readonly string[], runs: Runs): LawForms {
  const ofProject = parsed.get(runs) ?? new Map<string, LawForms>()
  parsed.set(runs, ofProject)
  const forms = ofProject.get(id) ?? lawForms(texts, config.radius)
  ofProject.set(id, forms)
  return forms
}
