import { SvelteMap } from 'svelte/reactivity'
import type {
  AppInfo,
  CatalogSummary,
  Client,
  LawId,
  LawReport,
  Params,
  ProjectSummary,
  Result,
  RunConfig,
  RunDetail,
  RunSummary,
  Shell,
  StepRecord
} from '../../src-shared/contract.ts'
import { predictionColumn, residualColumn } from '../../src-shared/column-names.ts'
import { HalolawError } from '../../src-shared/errors.ts'
import { isCancelled, sentence } from './client.ts'
import type { Comparison } from './models.ts'
import { withStep } from './history.ts'
import { Columns } from './columns.svelte.ts'
import { View } from './view.svelte.ts'

/** Where a problem is shown: beside what it concerns. */
export type Place = 'catalog' | 'project' | 'run' | 'halo' | 'law' | 'service'

/**
 * All that the window knows, in one place; panes read it and call its verbs. Values from the service are replaced
 * whole and never changed in place.
 */
export class Workbench {
  connected = $state(false)
  info = $state.raw<AppInfo | null>(null)
  status = $state.raw<Result<'app.status'> | null>(null)
  project = $state.raw<ProjectSummary | null>(null)
  /** Newest first. */
  runs = $state.raw<RunSummary[]>([])
  /** Configuration of the next run; null until a catalog is open. */
  draft = $state<RunConfig | null>(null)
  opening = $state.raw<{ path: string; fraction: number; message: string } | null>(null)
  selectedRunId = $state<string | null>(null)
  /** The halo being read, by row of the catalog. */
  halo = $state<number | null>(null)
  hovered = $state<number | null>(null)
  neighbours = $state.raw<Result<'graph.neighbours'> | null>(null)
  /** Halos brushed in any pane: 1 selected, 0 not; null: nothing is brushed. */
  selection = $state.raw<{ mask: Uint8Array; label: string } | null>(null)
  /** The law that is being refitted and measured */
  measuring = $state.raw<{ id: string; formula: string; fraction: number; message: string } | null>(null)
  /** Loss between the epochs of the run at work, since it was first looked at */
  steps = $state.raw<{ id: string; records: readonly StepRecord[] } | null>(null)
  readonly problems = new SvelteMap<Place, string>()
  readonly view = new View()
  readonly columns = new Columns(() => this.client)

  readonly catalog: CatalogSummary | null = $derived(this.project?.catalog ?? null)
  readonly selectedRun: RunSummary | null = $derived(this.runs.find((run) => run.id === this.selectedRunId) ?? null)
  readonly activeRun: RunSummary | null = $derived(
    this.runs.find(({ state }) => state === 'running' || state === 'queued' || state === 'paused') ?? null
  )
  private readonly details = new SvelteMap<string, RunDetail>()
  /** Epochs and fronts of the selected run, live while it runs. */
  readonly selectedDetail: RunDetail | null = $derived(
    this.selectedRunId === null ? null : (this.details.get(this.selectedRunId) ?? null)
  )

  /** The selected run's result, with the laws that were measured beside its models. */
  readonly comparison: Comparison | null = $derived(
    this.selectedRun?.result
      ? {
          ...this.selectedRun.result,
          models: [...this.selectedRun.result.models, ...(this.selectedDetail?.laws ?? [])]
        }
      : null
  )

  private service: Client | null = null
  private window: Shell | null = null
  private started = false
  private catalogKey = ''

  get client(): Client {
    if (!this.service) throw new HalolawError('internal', 'The window is not connected to a service yet.')
    return this.service
  }

  get shell(): Shell {
    if (!this.window) throw new HalolawError('internal', 'The window is not connected to a shell yet.')
    return this.window
  }

  start(client: Client, shell: Shell): void {
    this.service = client
    this.window = shell
    client.on('project.changed', (project) => this.takeProject(project))
    client.on('catalog.progress', (progress) => (this.opening = progress))
    client.on('run.progress', (run) => this.takeRun(run))
    client.on('run.finished', (run) => void this.finished(run))
    client.on('run.step', ({ id, record }) => {
      const before = this.steps?.id === id ? this.steps.records : []
      this.steps = { id, records: withStep(before, record) }
    })
    client.on('run.epoch', ({ id, record }) =>
      this.changeDetail(id, (detail) => ({
        ...detail,
        epochs: [...detail.epochs.filter(({ epoch }) => epoch < record.epoch), record]
      }))
    )
    client.on('run.guidance', ({ id, guidance }) => this.changeDetail(id, (detail) => ({ ...detail, guidance })))
    client.on('run.laws', ({ id, laws }) => this.changeDetail(id, (detail) => ({ ...detail, laws })))
    client.on('law.progress', ({ id, fraction, message }) => {
      if (this.measuring?.id === id) this.measuring = { ...this.measuring, fraction, message }
    })
    client.on('run.front', ({ id, which, entries }) =>
      this.changeDetail(id, (detail) => ({ ...detail, [`${which}Front`]: entries }))
    )
    client.onConnection((up) => {
      this.connected = up
      if (up) void this.refresh()
    })
    setInterval(() => void this.poll(), 2000)
  }

  /** Does something that may fail and says so at its place; undefined when it failed. */
  async attempt<T>(place: Place, work: () => Promise<T>): Promise<T | undefined> {
    this.problems.delete(place)
    try {
      return await work()
    } catch (error) {
      if (!isCancelled(error)) this.problems.set(place, sentence(error))
      return undefined
    }
  }

  /** Opens a catalog or, by its ending, a project. `reading` says what the catalog's file does not: columns and box. */
  async open(path: string, reading: Omit<Params<'catalog.open'>, 'path'> = {}): Promise<void> {
    this.opening = { path, fraction: 0, message: 'Opening' }
    await this.attempt('catalog', async () => {
      if (path.endsWith('.halolaw')) this.takeProject(await this.client.call('project.open', { path }))
      else {
        await this.client.call('catalog.open', { path, ...reading })
        this.takeProject(await this.client.call('project.current', {}))
      }
    })
    this.opening = null
  }

  async openSample(): Promise<void> {
    if (this.info) await this.open(this.info.sampleCatalog)
  }

  async newProject(): Promise<void> {
    await this.attempt('project', async () => this.takeProject(await this.client.call('project.new', {})))
  }

  async saveAs(path: string): Promise<boolean> {
    const saved = await this.attempt('project', () => this.client.call('project.saveAs', { path }))
    if (saved) {
      this.takeProject(saved)
      this.view.notify(`Saved in ${saved.path ?? path}`)
    }
    return saved !== undefined
  }

  async startRun(): Promise<void> {
    const config = this.draft && $state.snapshot(this.draft)
    if (config) await this.launch(config)
  }

  /** The same settings once more, with the next seed that no run with them has. */
  async repeatRun({ config }: RunSummary): Promise<void> {
    const seed = 1 + Math.max(...this.runs.map((run) => run.config.seed))
    await this.launch({ ...config, seed: seed >>> 0 })
  }

  private async launch(config: RunConfig): Promise<void> {
    const run = await this.attempt('run', () => this.client.call('run.start', { config }))
    if (!run) return
    this.takeRun(run)
    this.selectRun(run.id)
    this.view.inspector = 'run'
    this.view.follow('network')
  }

  async pauseRun(id: string): Promise<void> {
    await this.attempt('run', () => this.client.call('run.pause', { id }))
  }

  async cancelRun(id: string): Promise<void> {
    await this.attempt('run', () => this.client.call('run.cancel', { id }))
  }

  async resumeRun(id: string): Promise<void> {
    const run = await this.attempt('run', () => this.client.call('run.resume', { id }))
    if (run) this.takeRun(run)
  }

  async deleteRun(id: string): Promise<void> {
    await this.attempt('run', async () => {
      await this.client.call('run.delete', { id })
      this.takeRuns(await this.client.call('run.list', {}))
    })
  }

  /** Refits a law on a run's training halos and measures it beside the run's models. */
  async measureLaw(id: string, formula: string): Promise<LawReport | undefined> {
    if (this.measuring) return undefined
    this.measuring = { id, formula, fraction: 0, message: 'Reading the catalog' }
    const law = await this.attempt('law', () => this.client.call('law.measure', { id, formula }))
    this.measuring = null
    // One that was measured anew has other values.
    if (law) this.columns.forget(predictionColumn(id, law.id), residualColumn(id, law.id))
    return law
  }

  async cancelLaw(): Promise<void> {
    await this.attempt('law', () => this.client.call('law.cancel', {}))
  }

  async forgetLaw(id: string, law: LawId): Promise<void> {
    const columns = [predictionColumn(id, law), residualColumn(id, law)]
    if (columns.includes(this.view.colourBy) && this.draft) this.view.colourBy = this.draft.target
    await this.attempt('law', () => this.client.call('law.forget', { id, law }))
    this.columns.forget(...columns)
  }

  selectRun(id: string | null): void {
    this.selectedRunId = id
    if (id !== null && !this.details.has(id)) void this.loadDetail(id)
  }

  /** Reads a halo: its neighbours within the draft's radius are fetched and lit up. */
  async inspect(halo: number | null): Promise<void> {
    this.halo = halo
    this.neighbours = null
    if (halo === null || !this.draft) return
    const radius = this.draft.radius
    const found = await this.attempt('halo', () => this.client.call('graph.neighbours', { halo, radius }))
    if (found && this.halo === halo) this.neighbours = found
  }

  select(mask: Uint8Array | null, label = 'Selected halos'): void {
    this.selection = mask && { mask, label }
  }

  private async refresh(): Promise<void> {
    await this.attempt('service', async () => {
      this.info = await this.client.call('app.info', {})
      this.takeProject(await this.client.call('project.current', {}))
    })
    void this.poll()
    if (this.started || !this.info) return
    this.started = true
    if (!this.catalog) await this.open(this.info.openAtStart ?? this.info.sampleCatalog)
  }

  private async poll(): Promise<void> {
    if (!this.connected || document.hidden) return
    this.status = await this.client.call('app.status', {}).catch(() => this.status)
  }

  private takeProject(project: ProjectSummary): void {
    const catalog = project.catalog
    const key = catalog
      ? `${catalog.path}|${catalog.halos}|${catalog.boxSize}|${catalog.columns.map(({ name }) => name).join()}`
      : ''
    const another = key !== this.catalogKey
    this.catalogKey = key
    if (another) {
      this.columns.clear()
      this.details.clear()
      this.selectedRunId = null
      this.selection = null
      this.hovered = null
      void this.inspect(null)
      // Read, whoever asked for it.
      this.opening = null
    }
    this.project = project
    this.takeRuns(project.runs)
    // What was found is what a project is opened for; the next run comes after.
    if (another && project.runs.length > 0) this.view.inspector = 'run'
    if (another) void this.prepareDraft()
  }

  private async prepareDraft(): Promise<void> {
    if (!this.catalog) {
      this.draft = null
      return
    }
    // At once by an overdensity where there is one, so that the first picture is the one that stays.
    const columns = this.catalog.columns.map(({ name }) => name)
    const first = [/^delta_?20$/i, /^delta|overdensity/i, /^mass$/].map((name) =>
      columns.find((column) => name.test(column))
    )
    this.view.colourBy = first.find((name) => name !== undefined) ?? columns[0]
    const defaults = await this.attempt('run', () => this.client.call('run.defaults', {}))
    if (!defaults) return
    const last = (role: 'ood' | 'test') => this.project?.masks.findLast((mask) => mask.role === role)?.expression
    // A project that is opened again goes on with the settings of its last run.
    const before = this.runs[0]?.config
    const { catalog, map, boxSize } = defaults
    this.draft = before
      ? { ...before, catalog, map, boxSize }
      : { ...defaults, ood: last('ood') ?? defaults.ood, test: last('test') ?? defaults.test }
    if (columns.includes(this.draft.target)) this.view.colourBy = this.draft.target
  }

  private takeRuns(runs: RunSummary[]): void {
    this.runs = runs.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
    if (!this.runs.some(({ id }) => id === this.selectedRunId)) this.selectRun(this.runs[0]?.id ?? null)
  }

  private takeRun(run: RunSummary): void {
    const known = this.runs.find(({ id }) => id === run.id)
    if (known && known.step !== run.step && run.id === this.selectedRunId) this.view.follow(run.step)
    if (known) this.runs = this.runs.map((other) => (other.id === run.id ? run : other))
    else this.takeRuns([run, ...this.runs])
    this.changeDetail(run.id, (detail) => ({ ...detail, ...run }))
  }

  private async finished(run: RunSummary): Promise<void> {
    this.takeRun(run)
    this.columns.forgetRun(run.id)
    await this.loadDetail(run.id)
    // How often a form returns counts every finished run.
    for (const id of this.details.keys()) if (id !== run.id) this.details.delete(id)
    if (this.selectedRunId !== null && this.selectedRunId !== run.id) await this.loadDetail(this.selectedRunId)
    if (run.id === this.selectedRunId && run.state === 'done') this.view.showTab('comparison')
  }

  private async loadDetail(id: string): Promise<void> {
    const detail = await this.attempt('run', () => this.client.call('run.get', { id }))
    if (detail) this.details.set(id, detail)
  }

  private changeDetail(id: string, change: (detail: RunDetail) => RunDetail): void {
    const detail = this.details.get(id)
    if (detail) this.details.set(id, change(detail))
  }
}

export const workbench = new Workbench()
