import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { Answer } from '../../src-shared/bridge.ts'
import { FramePipe } from '../frames.ts'

export interface ServiceProcessOptions {
  /** The pinned Node, not Electron's: some add-ons fail in its memory cage, and a crash must not take the window along. */
  execPath: string
  script: string
  args: string[]
  onEvent(event: string, data: unknown): void
  /** True when the service answers; false when it stopped, with a sentence where a person should be told. */
  onState(up: boolean, message: string | null): void
  /** Called when a service that had crashed answers again, before the state becomes up. */
  onRestarted(): Promise<void>
}

const crashesAllowed = 5
const crashWindowMs = 60_000
const stopGraceMs = 3000

/** The service as a child process: calls in, events out, started again when it crashes. */
export class ServiceProcess {
  private readonly options: ServiceProcessOptions
  private readonly waiting = new Map<number, (answer: Answer) => void>()
  private child: ChildProcess | null = null
  private pipe: FramePipe | null = null
  private nextId = 1
  private crashes: number[] = []
  private stopping = false

  constructor(options: ServiceProcessOptions) {
    this.options = options
    this.start(false)
  }

  get pid(): number | undefined {
    return this.child?.pid
  }

  call(method: string, params: unknown): Promise<Answer> {
    const pipe = this.pipe
    if (!pipe) return Promise.resolve(internalError('The service is not running; quit Halolaw and start it again.'))
    const id = this.nextId++
    return new Promise((resolve) => {
      this.waiting.set(id, resolve)
      pipe.send({ id, method, params })
    })
  }

  /** Lets the service finish its writing, then makes sure that it is gone. */
  async stop(): Promise<void> {
    this.stopping = true
    const child = this.child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), stopGraceMs)
      child.once('exit', () => {
        clearTimeout(timer)
        resolve()
      })
      child.kill('SIGTERM')
    })
  }

  private start(again: boolean): void {
    const { execPath, script, args } = this.options
    const child = spawn(execPath, [script, ...args], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
    this.child = child
    this.pipe = new FramePipe(child.stdio[3] as Duplex, {
      onMessage: (message) => this.receive(message),
      onBytes: (id, bytes) => this.settle(id, { result: bytes }),
      onEnd: () => child.kill()
    })
    let gone = false
    const lost = () => {
      if (!gone) this.lost()
      gone = true
    }
    child.once('exit', lost)
    child.once('error', lost)
    void this.greet(again)
  }

  private async greet(again: boolean): Promise<void> {
    const answer = await this.call('app.ping', {})
    if ('error' in answer) return
    if (again) await this.options.onRestarted()
    this.options.onState(true, null)
  }

  private receive(message: unknown): void {
    if (typeof message !== 'object' || message === null) return
    if ('event' in message && typeof message.event === 'string') {
      this.options.onEvent(message.event, 'data' in message ? message.data : null)
    } else if ('id' in message && typeof message.id === 'number') {
      // The service is our own program: an answer is a result or an error.
      this.settle(message.id, message as unknown as Answer)
    }
  }

  private settle(id: number, answer: Answer): void {
    this.waiting.get(id)?.('error' in answer ? { error: answer.error } : { result: answer.result })
    this.waiting.delete(id)
  }

  private lost(): void {
    this.pipe = null
    const failed = [...this.waiting.values()]
    this.waiting.clear()
    for (const resolve of failed)
      resolve(
        internalError('The service stopped while it worked on this; it is started again, then repeat what you did.')
      )
    if (this.stopping) return
    const now = Date.now()
    this.crashes = [...this.crashes.filter((time) => now - time < crashWindowMs), now]
    if (this.crashes.length > crashesAllowed) {
      this.options.onState(
        false,
        `The service stopped ${this.crashes.length} times within a minute and is not started again; quit Halolaw, run "npm run build:native" and "npm test", and start it again.`
      )
      return
    }
    // Once is enough, should it stop again right away.
    const first = this.crashes.length === 1
    this.options.onState(
      false,
      first ? 'The service stopped and is being started again; what was saved is kept.' : null
    )
    setTimeout(() => this.stopping || this.start(true), 100 * 2 ** (this.crashes.length - 1))
  }
}

function internalError(message: string): Answer {
  return { error: { code: 'internal', message } }
}
