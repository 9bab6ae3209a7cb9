import type { CatalogSummary, RunConfig } from '../../src-shared/contract.ts'
import type { Connection } from './connection.svelte.ts'
import { firstColour, firstDraft } from './draft-config.ts'
import { MaskChecks } from './mask-checks.svelte.ts'
import type { MaskRole } from './mask-expressions.ts'
import type { Problems } from './problems.svelte.ts'
import type { OpenProject } from './project.svelte.ts'
import { numbersProblem, radiusProblem } from './readiness.ts'
import type { Runs } from './runs.svelte.ts'
import type { View } from './view.svelte.ts'

interface Services {
  connection: Connection
  problems: Problems
  view: View
  project: OpenProject
  runs: Runs
}

/** The settings of the next run, and whether it can start with them. */
export class Draft {
  /** Null until a catalog is open. */
  config = $state<RunConfig | null>(null)
  readonly checks: MaskChecks
  private readonly services: Services

  readonly radiusProblem: string | null = $derived.by(
    () => this.config && radiusProblem(this.config, this.services.project.catalog)
  )
  readonly numbersProblem: string | null = $derived.by(() => this.config && numbersProblem(this.config))
  /** A run can start with these settings: they are sound, the service answers and no other run is active. */
  readonly ready: boolean = $derived.by(() => {
    const { connection, runs } = this.services
    const sound = this.config !== null && !this.checks.bad && !this.radiusProblem && !this.numbersProblem
    return sound && connection.connected && runs.active === null
  })

  constructor(services: Services) {
    this.services = services
    this.checks = new MaskChecks(services.connection)
  }

  /** Proposes settings for a newly opened catalog; colours the field by the target. */
  async prepare(catalog: CatalogSummary | null): Promise<void> {
    const { connection, problems, view, project, runs } = this.services
    if (!catalog) {
      this.config = null
      return
    }
    const columns = catalog.columns.map(({ name }) => name)
    // Colour at once, so that the first picture is also the one that stays.
    view.colourBy = firstColour(columns)
    const defaults = await problems.attempt('run', () => connection.client.call('run.defaults', {}))
    if (!defaults) return
    this.config = firstDraft(defaults, runs.list[0]?.config, project.summary?.masks ?? [])
    if (columns.includes(this.config.target)) view.colourBy = this.config.target
  }

  change(settings: Partial<RunConfig>): void {
    if (this.config) this.config = { ...this.config, ...settings }
  }

  /** Sets a mask's expression; blank text stands for none. */
  setMask(role: MaskRole, expression: string): void {
    this.change({ [role]: expression.trim() === '' ? null : expression })
  }

  /** Checks the masks again when an effect that calls this sees one of them change. */
  check(): void {
    if (this.config) this.checks.update(this.config)
  }

  async start(): Promise<void> {
    const config = this.config && $state.snapshot(this.config)
    if (config) await this.services.runs.start(config)
  }
}
