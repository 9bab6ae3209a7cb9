import type { Result } from '../../src-shared/contract.ts'
import type { Connection } from './connection.svelte.ts'
import type { Problems } from './problems.svelte.ts'

interface Services {
  connection: Connection
  problems: Problems
  /** Within which neighbours are shown, Mpc/h; undefined while no catalog is open */
  radius: () => number | undefined
}

/** One halo is inspected and one set of halos brushed at a time. Both apply to every pane. */
export class Selection {
  /** The inspected halo, by row of the catalog */
  halo = $state<number | null>(null)
  /** The halo under the pointer in any pane */
  hovered = $state<number | null>(null)
  neighbours = $state.raw<Result<'graph.neighbours'> | null>(null)
  /** Halos brushed in any pane: 1 inside, 0 greyed out; null: none are brushed */
  brush = $state.raw<{ mask: Uint8Array; label: string } | null>(null)
  readonly empty: boolean = $derived(this.halo === null && this.brush === null)
  private readonly services: Services

  constructor(services: Services) {
    this.services = services
  }

  /** Inspects a halo: its neighbours within the draft's radius are fetched and highlighted. */
  async inspect(halo: number | null): Promise<void> {
    const { connection, problems } = this.services
    const radius = this.services.radius()
    this.halo = halo
    this.neighbours = null
    if (halo === null || radius === undefined) return
    const near = await problems.attempt('halo', () => connection.client.call('graph.neighbours', { halo, radius }))
    if (near && this.halo === halo) this.neighbours = near
  }

  select(mask: Uint8Array | null, label = 'Selected halos'): void {
    this.brush = mask && { mask, label }
  }

  clear(): void {
    this.select(null)
    void this.inspect(null)
  }
}
