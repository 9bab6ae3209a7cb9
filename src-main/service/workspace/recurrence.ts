import type { RunConfig, RunDetail, RunSummary } from '../../../src-shared/contract.ts'
import { parseLaw } from '../../law/text/parse-law.ts'
import { logger } from '../../log.ts'
import type { RunTable } from '../../project/run-table.ts'
import { formOf } from '../../symbolic/index.ts'

/**
 * A run's detail with how often its laws return: among the project's finished runs with the same settings but for the seed,
 * itself among them, how many came to a law of the same form up to constants, and how many have each law of its front on theirs.
 */
export function withRecurrence(detail: RunDetail, runs: Pick<RunTable, 'list' | 'front'>): RunDetail {
  const { result, config } = detail
  if (!result) return detail
  const alike = runs.list().filter((run) => run.result !== null && settingsOf(run.config) === settingsOf(config))
  if (alike.length < 2) return detail
  const { radius } = config
  const form = formOfLaw(result.formula.text, radius)
  const laws = alike.map((run) => ({ name: run.name, form: formOfLaw(lawOf(run), radius) }))
  const fronts = alike.map(({ id }) => new Set(runs.front(id, 'law').map(({ text }) => formOfLaw(text, radius))))
  return {
    ...detail,
    recurrence: {
      runs: alike.map(({ name }) => name),
      same: laws.filter((law) => law.form !== null && law.form === form).map(({ name }) => name)
    },
    lawFront: detail.lawFront.map((entry) => {
      const own = formOfLaw(entry.text, radius)
      return { ...entry, returns: fronts.filter((forms) => own !== null && forms.has(own)).length }
    })
  }
}

const log = logger('workspace')

const lawOf = ({ result }: RunSummary): string => result?.formula.text ?? ''

/** All of a configuration that a result depends on but for its seed. */
function settingsOf({
  catalog,
  target,
  radius,
  ood,
  test,
  preset,
  features,
  messages,
  schedule,
  template
}: RunConfig): string {
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
    template ?? null
  ])
}

/** Node and messages up to their constants; null for a text that is no law: a project may come from anywhere. */
function formOfLaw(text: string, radius: number): string | null {
  try {
    const { node, messages } = parseLaw(text, radius)
    return [node, ...messages].map((part) => formOf(part).text).join(' | ')
  } catch (cause) {
    log.debug(`"${text}" is no law.`, cause)
    return null
  }
}
