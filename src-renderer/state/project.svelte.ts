import type {
  CatalogSummary,
  Client,
  Params,
  ProjectCatalog,
  ProjectSummary,
  RunSummary
} from '../../src-shared/contract.ts'
import { Columns } from './columns.svelte.ts'
import type { Connection } from './connection.svelte.ts'
import type { MaskRole } from './mask-expressions.ts'
import { currentCatalog, whyNotShown, wouldRebind } from './project-catalogs.ts'
import type { Problems } from './problems.svelte.ts'
import type { View } from './view.svelte.ts'

interface Services {
  connection: Connection
  problems: Problems
  view: View
  /** Runs after each change of the project, with whether its catalog is another one. */
  onchange: (summary: ProjectSummary, catalog: 'same' | 'new') => void
}

type Reading = Pick<Params<'catalog.open'>, 'map' | 'boxSize'>

/** Asks where to put a catalog that the project does not contain; null: nowhere. */
export interface CatalogQuestion {
  path: string
  answer: (into: 'current' | 'new' | null) => void
}

/** The open project: its catalog with the columns read so far, and its masks. */
export class OpenProject {
  summary = $state.raw<ProjectSummary | null>(null)
  opening = $state.raw<{ path: string; fraction: number; message: string } | null>(null)
  question = $state.raw<CatalogQuestion | null>(null)
  /** The missing catalog that a person is choosing a file for */
  locating = $state.raw<ProjectCatalog | null>(null)
  readonly columns: Columns
  readonly catalog: CatalogSummary | null = $derived(this.summary?.catalog ?? null)
  readonly catalogs: readonly ProjectCatalog[] = $derived(this.summary?.catalogs ?? [])
  private readonly services: Services
  private catalogKey = ''

  constructor(services: Services) {
    this.services = services
    this.columns = new Columns(() => services.connection.client)
  }

  follow(client: Client): void {
    client.on('project.changed', (summary) => this.show(summary))
    client.on('catalog.progress', (progress) => (this.opening = progress))
  }

  /** Shows a project as the service reports it. */
  show(summary: ProjectSummary): void {
    const key = keyOf(summary)
    const catalog = key === this.catalogKey ? 'same' : 'new'
    this.catalogKey = key
    if (catalog === 'new') {
      this.columns.clear()
      // The catalog is read now, whichever window or menu opened it.
      this.opening = null
    }
    this.summary = summary
    this.services.onchange(summary, catalog)
  }

  async readCurrent(): Promise<void> {
    const { connection, problems } = this.services
    await problems.attempt('service', async () => this.show(await connection.client.call('project.current', {})))
  }

  /**
   * Opens a catalog, or a project if the path ends in .halolaw. `reading` gives the columns and box that the file does
   * not name. If the catalog would rebind the project, the user decides where it goes.
   */
  async open(path: string, reading: Reading = {}): Promise<void> {
    const { connection, problems } = this.services
    const isCatalog = !path.endsWith('.halolaw')
    let into: 'current' | 'new' | null | undefined
    if (isCatalog && wouldRebind(this.summary, path)) {
      into = await this.ask(path)
      if (into === null) return
    }
    this.opening = { path, fraction: 0, message: 'Opening' }
    await problems.attempt('catalog', async () => {
      if (!isCatalog) this.show(await connection.client.call('project.open', { path }))
      else {
        await connection.client.call('catalog.open', { path, ...reading, ...(into ? { project: into } : {}) })
        this.show(await connection.client.call('project.current', {}))
      }
    })
    this.opening = null
  }

  /** Cancels the reading of a catalog; the open one stays. */
  async cancelOpening(): Promise<void> {
    const { connection, problems } = this.services
    await problems.attempt('catalog', () => connection.client.call('catalog.cancel', {}))
  }

  /** Opens a catalog of the project, read in the same way as before. */
  async reopen({ path, map, boxSize }: Pick<ProjectCatalog, 'path' | 'map' | 'boxSize'>): Promise<void> {
    await this.open(path, { map, boxSize })
  }

  /** Reads the open catalog in another way. */
  async readAgain(changes: Reading): Promise<void> {
    const current = currentCatalog(this.catalogs)
    if (current) await this.reopen({ ...current, ...changes, map: { ...current.map, ...changes.map } })
  }

  /** Opens a catalog of the project at its new place; resolves to whether the file is that catalog. */
  async locate({ id }: ProjectCatalog, path: string): Promise<boolean> {
    const { connection, problems } = this.services
    const summary = await problems.attempt('catalog', () => connection.client.call('catalog.locate', { id, path }))
    if (summary) await this.readCurrent()
    return summary !== undefined
  }

  /** Why the halos cannot show this run's values, as a sentence; null if they can. */
  whyNotShown(run: Pick<RunSummary, 'id' | 'name'>): string | null {
    return whyNotShown(this.catalogs, run)
  }

  private ask(path: string): Promise<'current' | 'new' | null> {
    this.question?.answer(null)
    return new Promise((resolve) => {
      const answer: CatalogQuestion['answer'] = (into) => {
        this.question = null
        resolve(into)
      }
      this.question = { path, answer }
    })
  }

  async openSample(): Promise<void> {
    const { info } = this.services.connection
    if (info) await this.open(info.sampleCatalog)
  }

  async create(): Promise<void> {
    const { connection, problems } = this.services
    await problems.attempt('project', async () => this.show(await connection.client.call('project.new', {})))
  }

  /** Resolves to whether the project was saved. */
  async saveAs(path: string, catalogs: 'copy' | 'leave'): Promise<boolean> {
    const { connection, problems, view } = this.services
    const summary = await problems.attempt('project', () =>
      connection.client.call('project.saveAs', { path, catalogs })
    )
    if (summary) {
      this.show(summary)
      view.notify(`Saved as ${summary.path ?? path}`)
    }
    return summary !== undefined
  }

  /** Saves a mask under its expression; resolves to whether it was saved. */
  async saveMask(role: MaskRole, expression: string): Promise<boolean> {
    const { connection, problems } = this.services
    const params = { name: expression, role, expression }
    return (await problems.attempt('project', () => connection.client.call('mask.save', params))) !== undefined
  }

  async deleteMask(id: string): Promise<void> {
    const { connection, problems } = this.services
    await problems.attempt('project', () => connection.client.call('mask.delete', { id }))
  }
}

/** Identifies a catalog: the same file read with other columns or another box is another catalog. */
function keyOf({ catalog, catalogs }: ProjectSummary): string {
  if (!catalog) return ''
  const current = currentCatalog(catalogs)
  return current ? `${current.id} ${current.state === 'open' ? 'open' : 'not open'}` : catalog.path
}
