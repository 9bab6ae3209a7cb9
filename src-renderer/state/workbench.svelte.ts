import { createContext } from 'svelte'
import type { ProjectSummary } from '../../src-shared/contract.ts'
import type { Link } from './client.ts'
import { Connection } from './connection.svelte.ts'
import { Draft } from './draft.svelte.ts'
import { MaskDrawing } from './mask-drawing.svelte.ts'
import { Problems } from './problems.svelte.ts'
import { currentCatalog } from './project-catalogs.ts'
import { OpenProject } from './project.svelte.ts'
import { Runs } from './runs.svelte.ts'
import { Selection } from './selection.svelte.ts'
import { Theme } from './theme.svelte.ts'
import { View } from './view.svelte.ts'

/**
 * The stores of one window, wired to one another. Panes get them by `useWorkbench()`, read them and call their verbs. Values from
 * the service are replaced whole and never changed in place.
 */
export class Workbench {
  readonly theme = new Theme()
  readonly view = new View()
  readonly problems = new Problems()
  readonly connection = new Connection(this.problems)
  readonly project: OpenProject
  readonly runs: Runs
  readonly draft: Draft
  readonly selection: Selection
  readonly drawing: MaskDrawing
  private started = false

  constructor() {
    const { connection, problems, view } = this
    const services = { connection, problems, view }
    this.project = new OpenProject({ ...services, onchange: (summary, catalog) => this.follow(summary, catalog) })
    this.runs = new Runs({ ...services, columns: this.project.columns })
    this.draft = new Draft({ ...services, project: this.project, runs: this.runs })
    this.selection = new Selection({ connection, problems, radius: () => this.draft.config?.radius })
    this.drawing = new MaskDrawing(this.project, this.selection, (expression) => this.draft.evaluate(expression))
  }

  /** Follows a service: shows its open project and everything it sends from now on. */
  start({ client, shell }: Link): void {
    this.project.follow(client)
    this.runs.follow(client)
    this.connection.attach(client, shell, () => void this.refresh())
  }

  private async refresh(): Promise<void> {
    const info = await this.connection.readInfo()
    await this.project.readCurrent()
    if (this.started || !info) return
    this.started = true
    if (!this.project.catalog) await this.project.open(info.openAtStart ?? info.sampleCatalog)
  }

  private follow(summary: ProjectSummary, catalog: 'same' | 'new'): void {
    if (catalog === 'new') {
      this.runs.clear()
      this.selection.hovered = null
      this.selection.clear()
    }
    const ofCatalog = currentCatalog(summary.catalogs)?.runs ?? []
    this.runs.showAll(summary.runs, ofCatalog)
    if (catalog === 'same') {
      this.draft.follow(summary.catalog)
      return
    }
    this.drawing.end()
    // People open a catalog with runs to see those runs; the next run comes later.
    if (ofCatalog.length > 0) this.view.inspector = 'run'
    void this.draft.prepare(summary.catalog)
  }
}

/** The stores of the window that contains a component; `provideWorkbench` sets them for everything below it. */
export const [useWorkbench, provideWorkbench] = createContext<Workbench>()
