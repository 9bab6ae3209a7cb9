import { SvelteMap } from 'svelte/reactivity'
import { predictionColumn, residualColumn } from '../../src-shared/column-names.ts'
import type {
  Client,
  LawId,
  LawReport,
  RunConfig,
  RunDetail,
  RunSummary,
  StepRecord
} from '../../src-shared/contract.ts'
import type { Columns } from './columns.svelte.ts'
import type { Connection } from './connection.svelte.ts'
import type { Comparison } from './models.ts'
import type { Problems } from './problems.svelte.ts'
import { activeRunOf, comparisonOf, newestFirst, nextSeed, withEpoch, withRun, withStep } from './run-lists.ts'
import type { View } from './view.svelte.ts'

interface Services {
  connection: Connection
  problems: Problems
  view: View
  columns: Columns
}

/** The project's runs, the selected one in detail, and the law that is being measured. */
export class Runs {
  /** Newest first. */
  list = $state.raw<RunSummary[]>([])
  selectedId = $state<string | null>(null)
  /** The law that is being refitted and measured */
  measurement = $state.raw<{ id: string; formula: string; fraction: number; message: string } | null>(null)
  /** Loss between the epochs of the active run, since the window opened */
  steps = $state.raw<{ id: string; records: readonly StepRecord[] } | null>(null)
  private ofCatalog: readonly string[] = []
  private readonly details = new SvelteMap<string, RunDetail>()
  private readonly services: Services

  readonly selected: RunSummary | null = $derived(this.list.find((run) => run.id === this.selectedId) ?? null)
  readonly active: RunSummary | null = $derived(activeRunOf(this.list))
  /** Epochs, fronts and laws of the selected run, live while it runs. */
  readonly detail: RunDetail | null = $derived(
    this.selectedId === null ? null : (this.details.get(this.selectedId) ?? null)
  )
  readonly comparison: Comparison | null = $derived(
    comparisonOf(this.selected?.result ?? null, this.detail?.laws ?? [])
  )

  constructor(services: Services) {
    this.services = services
  }

  follow(client: Client): void {
    client.on('run.progress', (run) => this.show(run))
    client.on('run.finished', (run) => void this.finish(run))
    client.on('run.step', ({ id, record }) => {
      this.steps = { id, records: withStep(this.steps?.id === id ? this.steps.records : [], record) }
    })
    client.on('run.epoch', ({ id, record }) =>
      this.change(id, (detail) => ({ ...detail, epochs: withEpoch(detail.epochs, record) }))
    )
    client.on('run.guidance', ({ id, guidance }) => this.change(id, (detail) => ({ ...detail, guidance })))
    client.on('run.laws', ({ id, laws }) => this.change(id, (detail) => ({ ...detail, laws })))
    client.on('run.front', ({ id, which, entries }) =>
      this.change(id, (detail) => ({ ...detail, [`${which}Front`]: entries }))
    )
    client.on('law.progress', ({ id, fraction, message }) => {
      if (this.measurement?.id === id) this.measurement = { ...this.measurement, fraction, message }
    })
  }

  /**
   * Shows the runs of a project. If the selected one is gone, the newest of the open catalog is selected.
   * @param ofCatalog ids of the runs made on the open catalog; default: as before
   */
  showAll(runs: readonly RunSummary[], ofCatalog = this.ofCatalog): void {
    this.ofCatalog = ofCatalog
    this.list = newestFirst(runs)
    if (this.list.some(({ id }) => id === this.selectedId)) return
    this.select(this.list.find(({ id }) => ofCatalog.includes(id))?.id ?? null)
  }

  /** Forgets details and selection: another catalog is open. */
  clear(): void {
    this.details.clear()
    this.selectedId = null
  }

  select(id: string | null): void {
    this.selectedId = id
    if (id !== null && !this.details.has(id)) void this.load(id)
  }

  async start(config: RunConfig): Promise<void> {
    const { connection, problems, view } = this.services
    const run = await problems.attempt('run', () => connection.client.call('run.start', { config }))
    if (!run) return
    this.show(run)
    this.select(run.id)
    view.inspector = 'run'
    view.follow('network')
  }

  /** Starts a run with the same settings and the next free seed. */
  async repeat({ config }: RunSummary): Promise<void> {
    await this.start({ ...config, seed: nextSeed(this.list) })
  }

  async pause(id: string): Promise<void> {
    const { connection, problems } = this.services
    await problems.attempt('run', () => connection.client.call('run.pause', { id }))
  }

  async cancel(id: string): Promise<void> {
    const { connection, problems } = this.services
    await problems.attempt('run', () => connection.client.call('run.cancel', { id }))
  }

  async resume(id: string): Promise<void> {
    const { connection, problems } = this.services
    const run = await problems.attempt('run', () => connection.client.call('run.resume', { id }))
    if (run) this.show(run)
  }

  async delete(id: string): Promise<void> {
    const { connection, problems } = this.services
    await problems.attempt('run', async () => {
      await connection.client.call('run.delete', { id })
      this.showAll(await connection.client.call('run.list', {}))
    })
  }

  /** Refits a law on a run's training halos and measures it beside the run's models. */
  async measureLaw(id: string, formula: string): Promise<LawReport | undefined> {
    const { connection, problems, columns } = this.services
    if (this.measurement) return undefined
    this.measurement = { id, formula, fraction: 0, message: 'Reading the catalog' }
    const law = await problems.attempt('law', () => connection.client.call('law.measure', { id, formula }))
    this.measurement = null
    // A law that is measured again has new values.
    if (law) columns.forget(...lawColumns(id, law.id))
    return law
  }

  async cancelLaw(): Promise<void> {
    const { connection, problems } = this.services
    await problems.attempt('law', () => connection.client.call('law.cancel', {}))
  }

  async removeLaw(id: string, law: LawId): Promise<void> {
    const { connection, problems, columns, view } = this.services
    const target = this.list.find((run) => run.id === id)?.config.target
    if (lawColumns(id, law).includes(view.colourBy) && target !== undefined) view.colourBy = target
    await problems.attempt('law', () => connection.client.call('law.forget', { id, law }))
    columns.forget(...lawColumns(id, law))
  }

  private show(run: RunSummary): void {
    const before = this.list.find(({ id }) => id === run.id)
    if (before && before.step !== run.step && run.id === this.selectedId) this.services.view.follow(run.step)
    if (before) this.list = withRun(this.list, run)
    else this.showAll(withRun(this.list, run))
    this.change(run.id, (detail) => ({ ...detail, ...run }))
  }

  private async finish(run: RunSummary): Promise<void> {
    this.show(run)
    this.services.columns.forgetRun(run.id)
    await this.load(run.id)
    // Recurrence counts every finished run, so the other details are out of date.
    for (const id of this.details.keys()) if (id !== run.id) this.details.delete(id)
    if (this.selectedId !== null && this.selectedId !== run.id) await this.load(this.selectedId)
    if (run.id === this.selectedId && run.state === 'done') this.services.view.showTab('comparison')
  }

  private async load(id: string): Promise<void> {
    const { connection, problems } = this.services
    const detail = await problems.attempt('run', () => connection.client.call('run.get', { id }))
    if (detail) this.details.set(id, detail)
  }

  private change(id: string, change: (detail: RunDetail) => RunDetail): void {
    const detail = this.details.get(id)
    if (detail) this.details.set(id, change(detail))
  }
}

function lawColumns(run: string, law: LawId): string[] {
  return [predictionColumn(run, law), residualColumn(run, law)]
}
