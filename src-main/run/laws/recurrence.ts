import type { RunConfig, RunDetail } from '../../../src-shared/contract.ts'
import type { LawForms } from '../../law/text/law-form.ts'

/** The members of a finished run that recurrence reads. */
export interface FinishedRun {
  name: string
  /** Of its law */
  text: string
  /** Texts of the laws of its front */
  front: readonly string[]
  forms: LawForms
}

/** True for runs whose results differ by their seed only. */
export function differBySeed(one: RunConfig, other: RunConfig): boolean {
  return settingsOf(one) === settingsOf(other)
}

/** Everything in a configuration that a result depends on, except its seed. */
function settingsOf(config: RunConfig): string {
  const { catalog, target, radius, ood, test, preset, features, messages, schedule, template, maxComplexity } = config
  return JSON.stringify([
    catalog,
    target,
    radius,
    ood,
    test,
    preset,
    features,
    messages ?? null,
    schedule ?? null,
    template ?? null,
    maxComplexity ?? null
  ])
}

/**
 * How often the laws of a run recur among finished runs that differ only by their seed, including the run itself: how
 * many have a law of the same form, and for each law of its front, how many have it on theirs.
 */
export function withRecurrence<Detail extends Pick<RunDetail, 'lawFront'>>(
  detail: Detail,
  itself: FinishedRun,
  alike: readonly FinishedRun[]
): Detail & Pick<RunDetail, 'recurrence'> {
  const formIn = ({ forms }: FinishedRun, text: string): string | null => forms[text] ?? null
  const form = formIn(itself, itself.text)
  const fronts = alike.map((run) => new Set(run.front.map((text) => formIn(run, text))))
  const same = alike.filter((run) => form !== null && formIn(run, run.text) === form)
  return {
    ...detail,
    recurrence: { runs: alike.map(({ name }) => name), same: same.map(({ name }) => name) },
    lawFront: detail.lawFront.map((entry) => {
      const entryForm = formIn(itself, entry.text)
      return { ...entry, returns: fronts.filter((forms) => entryForm !== null && forms.has(entryForm)).length }
    })
  }
}
