import type { CatalogSummary, RunConfig } from '../../src-shared/contract.ts'
import type { Connection } from './connection.svelte.ts'
import { firstColour, firstDraft } from './draft-config.ts'
import { requestMask, MaskChecks } from './mask-checks.svelte.ts'
import type { MaskRole } from './mask-expressions.ts'
import type { Problems } from './problems.svelte.ts'
import type { OpenProject } from './project.svelte.ts'
import { numbersProblem, radiusProblem, targetProblem } from './readiness.ts'
import { currentCatalog } from './project-catalogs.ts'
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
  readonly targetProblem: string | null = $derived.by(
    () => this.config && targetProblem(this.config, this.services.project.catalog)
  )
  /** Why a run cannot start with these settings, as a sentence; null if it can, as far as is known */
  readonly problem: string | null = $derived.by(
    () => this.targetProblem ?? this.radiusProblem ?? this.numbersProblem ?? this.checks.problem
  )
  /** A run can start with these settings: they are sound, the service answers and no other run is active. */
  readonly ready: boolean = $derived.by(() => {
    const { connection, runs } = this.services
    const sound = this.config !== null && this.problem === null && this.checks.settled
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
    const ofCatalog = currentCatalog(project.catalogs)?.runs ?? []
    const last = runs.list.find(({ id }) => ofCatalog.includes(id)) ?? runs.list[0]
    this.config = firstDraft(defaults, last?.config, project.summary?.masks ?? [])
    if (columns.includes(this.config.target)) view.colourBy = this.config.target
  }

  change(settings: Partial<RunConfig>): void {
    if (this.config) this.config = { ...this.config, ...settings }
  }

  /** Takes the settings of a run for the open catalog. */
  reuse(config: RunConfig): void {
    if (!this.config) return
    const { catalog, map, boxSize } = this.config
    this.config = { ...config, catalog, map, boxSize }
  }

  /** Updates the catalog's path in the settings after the open catalog moved. */
  follow(catalog: CatalogSummary | null): void {
    if (catalog && this.config && this.config.catalog !== catalog.path) this.change({ catalog: catalog.path })
  }

  /** 1 for each halo that an expression takes, evaluated as a run evaluates it; null if it cannot be. */
  async evaluate(expression: string): Promise<Uint8Array | null> {
    const { connection } = this.services
    const target = this.config?.target
    if (target === undefined) return null
    return requestMask(connection.client, expression, target).catch(() => null)
  }

  /** Sets a mask's expression; blank text means none. */
  setMask(role: MaskRole, expression: string): void {
    this.change({ [role]: expression.trim() === '' ? null : expression })
  }

  /** Checks the masks again when an effect that calls this sees one of them change. */
  check(): void {
    const { catalog } = this.services.project
    if (this.config && catalog)
      this.checks.update(this.config, catalog.halos, this.targetProblem === null ? 'split' : 'masks')
  }

  async start(): Promise<void> {
    const config = this.config && $state.snapshot(this.config)
    if (config) await this.services.runs.start(config)
  }
}
