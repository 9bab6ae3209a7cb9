import type { AppInfo, Client, Result, ServiceState, Shell } from '../../src-shared/contract.ts'
import { HalolawError } from '../../src-shared/errors.ts'
import type { Problems } from './problems.svelte.ts'

const pollInterval = 2000

/** The service and the shell behind the window: whether the service answers, what it is and what it is doing. */
export class Connection {
  state = $state<ServiceState>('down')
  info = $state.raw<AppInfo | null>(null)
  status = $state.raw<Result<'app.status'> | null>(null)
  private service: Client | null = null
  private host: Shell | null = null
  private readonly problems: Problems

  constructor(problems: Problems) {
    this.problems = problems
  }

  get connected(): boolean {
    return this.state === 'up'
  }

  get client(): Client {
    if (!this.service) throw new HalolawError('internal', 'The window is not connected to a service yet; reload it.')
    return this.service
  }

  get shell(): Shell {
    if (!this.host) throw new HalolawError('internal', 'The window is not connected to a shell yet; reload it.')
    return this.host
  }

  get shellKind(): Shell['kind'] {
    return this.host?.kind ?? 'browser'
  }

  /** Attaches service and shell. `onup` runs each time the service answers again. */
  attach(client: Client, shell: Shell, onup: () => void): void {
    this.service = client
    this.host = shell
    client.onConnection((state) => {
      this.state = state
      if (!this.connected) return
      onup()
      void this.poll()
    })
    setInterval(() => void this.poll(), pollInterval)
  }

  async readInfo(): Promise<AppInfo | undefined> {
    const info = await this.problems.attempt('service', () => this.client.call('app.info', {}))
    if (info) this.info = info
    return info
  }

  private async poll(): Promise<void> {
    if (!this.connected || document.hidden) return
    this.status = await this.client.call('app.status', {}).catch(() => this.status)
  }
}
