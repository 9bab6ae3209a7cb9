import type { CatalogSummary, Client, Params, ProjectSummary } from '../../src-shared/contract.ts'
import { Columns } from './columns.svelte.ts'
import type { Connection } from './connection.svelte.ts'
import type { MaskRole } from './mask-expressions.ts'
import type { Problems } from './problems.svelte.ts'
import type { View } from './view.svelte.ts'

interface Services {
  connection: Connection
  problems: Problems
  view: View
  /** Runs after each change of the project, with whether its catalog is another one. */
  onchange: (summary: ProjectSummary, catalog: 'same' | 'new') => void
}

/** The open project: its catalog with the columns read so far, and its masks. */
export class OpenProject {
  summary = $state.raw<ProjectSummary | null>(null)
  opening = $state.raw<{ path: string; fraction: number; message: string } | null>(null)
  readonly columns: Columns
  readonly catalog: CatalogSummary | null = $derived(this.summary?.catalog ?? null)
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
    const key = keyOf(summary.catalog)
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

  /** Opens a catalog, or a project if the path ends in .halolaw. `reading` gives the columns and box that the file does not name. */
  async open(path: string, reading: Omit<Params<'catalog.open'>, 'path'> = {}): Promise<void> {
    const { connection, problems } = this.services
    this.opening = { path, fraction: 0, message: 'Opening' }
    await problems.attempt('catalog', async () => {
      if (path.endsWith('.halolaw')) this.show(await connection.client.call('project.open', { path }))
      else {
        await connection.client.call('catalog.open', { path, ...reading })
        this.show(await connection.client.call('project.current', {}))
      }
    })
    this.opening = null
  }

  /** Ends the reading of a catalog; the open one stays. */
  async cancelOpening(): Promise<void> {
    const { connection, problems } = this.services
    await problems.attempt('catalog', () => connection.client.call('catalog.cancel', {}))
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
  async saveAs(path: string): Promise<boolean> {
    const { connection, problems, view } = this.services
    const summary = await problems.attempt('project', () => connection.client.call('project.saveAs', { path }))
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

/** Tells catalogs apart: the same file read with other columns or another box is another catalog. */
function keyOf(catalog: CatalogSummary | null): string {
  if (!catalog) return ''
  return [catalog.path, catalog.halos, catalog.boxSize, catalog.columns.map(({ name }) => name).join()].join('|')
}
