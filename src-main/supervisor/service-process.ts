import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { Answer } from '../../src-shared/bridge.ts'
import type { ServiceState } from '../../src-shared/contract.ts'
import type { Backend } from '../backend.ts'
import { FramePipe } from '../frames.ts'
import { logger } from '../log.ts'

/** The first start, or one after a crash */
export type Start = 'first' | 'again'

export interface ServiceProcessOptions {
  /** The pinned Node, not Electron's: some add-ons fail in its memory cage, and a crash must not end the window. */
  execPath: string
  script: string
  /** Arguments of the script */
  args(start: Start): string[]
  onEvent(event: string, data: unknown): void
  /** `up`: the service answers; `down`: it stopped, with a sentence if the user should know. */
  onState(state: ServiceState, message: string | null): void
  /**
   * Interval at which the service has to answer, and the number of unanswered intervals after which it counts as hung
   */
  watch?: { everyMs: number; intervals: number }
}

const log = logger('supervisor')
const crashesAllowed = 5
const crashWindowMs = 60_000
const stopGraceMs = 3000
/** Factor on the limit while a service starts. */
const startFactor = 4
/** Counted in intervals during which this process was awake, so that a laptop's sleep does not count as a hang. */
const defaultWatch = { everyMs: 5000, intervals: 6 }

/**
 * The service as a child process: calls in, events out. It restarts with the same project open when it crashes or no
 * longer answers.
 */
export class ServiceProcess implements Backend {
  private readonly options: ServiceProcessOptions
  private readonly waiting = new Map<number, (answer: Answer) => void>()
  private readonly listeners = new Set<(event: string, data: unknown) => void>()
  private child: ChildProcess | null = null
  private pipe: FramePipe | null = null
  private nextId = 1
  private crashes: number[] = []
  private stopping = false
  private givenUp = false
  /** The saved project that is open; a restarted service opens it again. */
  private projectPath: string | null = null
  /** Intervals since the service last answered */
  private silentIntervals = 0
  /** It has answered since it started. */
  private isGreeted = false
  private readonly watchdog: NodeJS.Timeout

  constructor(options: ServiceProcessOptions) {
    this.options = options
    const { everyMs, intervals } = options.watch ?? defaultWatch
    this.watchdog = setInterval(() => this.watch(intervals), everyMs)
    this.start('first')
  }

  get pid(): number | undefined {
    return this.child?.pid
  }

  /** True once it has stopped so often that it is not restarted. */
  get isGivenUp(): boolean {
    return this.givenUp
  }

  on(listener: (event: string, data: unknown) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  call(method: string, params: unknown): Promise<Answer> {
    const pipe = this.pipe
    if (!pipe) return Promise.resolve(internalError(this.whyNotRunning()))
    const id = this.nextId++
    return new Promise((resolve) => {
      this.waiting.set(id, resolve)
      pipe.send({ id, method, params })
    })
  }

  private whyNotRunning(): string {
    if (this.givenUp || this.stopping) return 'The service is not running; quit Halolaw and start it again.'
    return 'The service is starting again; repeat this in a few seconds.'
  }

  /** Lets the service finish writing, then makes sure that it is gone. */
  async stop(): Promise<void> {
    this.stopping = true
    clearInterval(this.watchdog)
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

  private start(start: Start): void {
    const { execPath, script, args } = this.options
    const child = spawn(execPath, [script, ...args(start)], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
    this.child = child
    this.silentIntervals = 0
    this.isGreeted = false
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
    void this.greet(start)
  }

  private async greet(start: Start): Promise<void> {
    const answer = await this.call('app.ping', {})
    if ('error' in answer) return
    this.isGreeted = true
    if (start === 'again' && this.projectPath) await this.call('project.open', { path: this.projectPath })
    log.info(start === 'again' ? 'The service answers again.' : 'The service answers.')
    this.options.onState('up', null)
  }

  /** A service that answers nothing for this many intervals hangs: it is ended, and restarted like one that crashed. */
  private watch(intervals: number): void {
    if (!this.pipe) return
    const limit = this.isGreeted ? intervals : startFactor * intervals
    if (this.silentIntervals++ >= limit) {
      log.warn(`The service has not answered for ${limit} intervals and is killed.`)
      this.child?.kill('SIGKILL')
    } else void this.call('app.ping', {}).then((answer) => 'result' in answer && (this.silentIntervals = 0))
  }

  private receive(message: unknown): void {
    if (typeof message !== 'object' || message === null) return
    if ('event' in message && typeof message.event === 'string') {
      const data = 'data' in message ? message.data : null
      if (message.event === 'project.changed') this.projectPath = pathOf(data)
      this.options.onEvent(message.event, data)
      for (const listener of this.listeners) listener(message.event, data)
    } else if ('id' in message && typeof message.id === 'number') {
      // The service is Halolaw's own program: an answer is a result or an error.
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
        internalError(
          'The service stopped while it worked on this; it starts again by itself, then repeat what you did.'
        )
      )
    if (this.stopping) return
    const now = Date.now()
    this.crashes = [...this.crashes.filter((time) => now - time < crashWindowMs), now]
    log.warn(`The service stopped; that is number ${this.crashes.length} within a minute.`)
    if (this.crashes.length > crashesAllowed) {
      clearInterval(this.watchdog)
      this.givenUp = true
      this.options.onState(
        'down',
        `The service stopped ${this.crashes.length} times within a minute and is not started again; quit Halolaw, run "npm run build:native" and "npm test", and start it again.`
      )
      return
    }
    // One sentence is enough, in case it stops again right away.
    const first = this.crashes.length === 1
    this.options.onState(
      'down',
      first ? 'The service stopped and starts again by itself; everything saved is still there.' : null
    )
    setTimeout(() => this.stopping || this.start('again'), 100 * 2 ** (this.crashes.length - 1))
  }
}

/** Path of a ProjectSummary; null for a project without a name. */
function pathOf(project: unknown): string | null {
  if (typeof project !== 'object' || project === null || !('path' in project)) return null
  return typeof project.path === 'string' ? project.path : null
}

function internalError(message: string): Answer {
  return { error: { code: 'internal', message } }
}
