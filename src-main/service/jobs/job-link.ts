import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants, getPriority, setPriority } from 'node:os'
import type { StepRecord } from '../../../src-shared/contract.ts'
import type { ErrorCode } from '../../../src-shared/errors.ts'
import { logger } from '../../log.ts'
import type { Progress } from '../../work.ts'
import type { FromJob, JobTask, SaveMessage, ToJob } from './job-messages.ts'
import type { LawRequest, MeasuredLaw } from '../../run/laws/measure-law.ts'
import type { GuidanceRequest } from '../../run/state/run-guide.ts'
import type { RunProgress } from '../../run/state/run-types.ts'

/** How a process ended: work finished, with a reported error, or without a report (killed, crashed, hung). */
export type JobOutcome =
  { done: true } | { failed: { code: ErrorCode; message: string } } | { lost: string } | { silentSeconds: number }

/** Number of intervals without a message after which a process counts as hung */
export interface JobWatch {
  everyMs: number
  intervals: number
}

/** The program that works on runs and laws. */
export interface JobProgram {
  entry: string
  watch?: JobWatch
}

export interface JobHandlers {
  onSave?(message: SaveMessage): void
  onProgress?(progress: RunProgress): void
  onStep?(record: StepRecord): void
  onMeasuring?(progress: Progress): void
  onMeasured?(law: MeasuredLaw): void
  onRefused?(error: { code: ErrorCode; message: string }): void
  /** Called once, when the process is gone. */
  onEnd(outcome: JobOutcome): void
}

const log = logger('jobs')
const cancelGraceMs = 5000
/**
 * Five minutes, counted in intervals during which this process was awake, so that a laptop's sleep does not count as a
 * hang. The longest legitimate silence is a synchronous step of the run: sorting 10 million halos into a grid takes
 * half a minute on two cores shared with ten other programs. Longer steps run in native or worker threads, which leave
 * the event loop free.
 */
const defaultWatch: JobWatch = { everyMs: 5000, intervals: 60 }
/** Factor on the limit while a process starts, because it reads its program first. */
const startFactor = 4

/** The process that works on a run or measures laws. Neither its work nor its crash disturbs the service. */
export class JobLink {
  /** Resident memory of the process, as it last reported */
  rssMB = 0
  private readonly child: ChildProcess
  private outcome: JobOutcome | null = null
  private isEnding = false
  private paused = false
  /** Intervals since the last message */
  private silentIntervals = 0
  /** It has sent a message since it started. */
  private isGreeted = false

  constructor({ entry, watch = defaultWatch }: JobProgram, task: JobTask, handlers: JobHandlers) {
    // stdout belongs to the program that started the service.
    this.child = fork(entry, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 2, 2, 'ipc'] })
    const work = 'start' in task ? 'a run' : 'a law'
    log.info(`Process ${this.child.pid} starts to work on ${work}.`)
    if (this.child.pid !== undefined) giveWay(this.child.pid)
    const watchdog = setInterval(() => this.watch(watch), watch.everyMs)
    this.child.on('message', (message: FromJob) => {
      this.silentIntervals = 0
      this.isGreeted = true
      if ('alive' in message) return
      if ('save' in message) handlers.onSave?.(message)
      else if ('progress' in message) {
        this.rssMB = message.rssMB
        handlers.onProgress?.(message.progress)
      } else if ('step' in message) handlers.onStep?.(message.step)
      else if ('measuring' in message) handlers.onMeasuring?.(message.measuring)
      else if ('measured' in message) handlers.onMeasured?.(message.measured)
      else if ('refused' in message) handlers.onRefused?.(message.refused)
      else this.outcome = message
    })
    let ended = false
    const end = (lost: string): void => {
      if (ended) return
      clearInterval(watchdog)
      const isExpected = this.outcome !== null || this.isEnding
      log[isExpected ? 'info' : 'warn'](`Process ${this.child.pid}, which worked on ${work}, is gone (${lost}).`)
      handlers.onEnd(this.outcome ?? { lost })
      ended = true
    }
    this.child.once('error', (cause) => end(cause.message))
    // 'close' comes after the last message; 'exit' may come before it.
    this.child.once('close', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`))
    this.send(task)
  }

  /** Asks the process to end, and kills it after some seconds; everything it finished is already saved. */
  cancel(): void {
    this.isEnding = true
    this.resume()
    this.send({ cancel: true })
    const timer = setTimeout(() => this.kill(), cancelGraceMs)
    this.child.once('close', () => clearTimeout(timer))
  }

  /** Sends guidance to its searches; a paused process receives it when it resumes. */
  guide(request: GuidanceRequest): void {
    this.send({ guide: request })
  }

  /** Sends another law to a process that measures laws. */
  measure(request: LawRequest): void {
    this.send({ measure: request })
  }

  /** Suspends the process without ending it; returns false if the system has no such signal. */
  pause(): boolean {
    this.paused = process.platform !== 'win32' && this.child.kill('SIGSTOP')
    return this.paused
  }

  resume(): void {
    this.paused = false
    this.silentIntervals = 0
    if (process.platform !== 'win32') this.child.kill('SIGCONT')
  }

  kill(): void {
    log.info(`Process ${this.child.pid} is killed.`)
    this.isEnding = true
    this.child.kill('SIGKILL')
  }

  /** Ends a process whose event loop is blocked; its work resumes from the last checkpoint. */
  private watch({ everyMs, intervals }: JobWatch): void {
    const limit = this.isGreeted ? intervals : startFactor * intervals
    if (this.paused || this.outcome !== null || this.silentIntervals++ < limit) return
    log.warn(`Process ${this.child.pid} has not responded for ${limit} intervals of ${everyMs} ms.`)
    this.outcome = { silentSeconds: Math.round((everyMs * limit) / 1000) }
    this.kill()
  }

  private send(message: ToJob): void {
    // A child that is already gone reports its end through 'close'.
    this.child.send(message, () => {})
  }
}

/**
 * Lowers the priority of a process by one class, so that the window is answered first where a run uses every core. A run
 * that has the machine to itself is as fast as before. Priorities count from -20, the first, to 19.
 */
function giveWay(pid: number): void {
  try {
    const lower = Math.min(19, Math.max(getPriority(), 0) + constants.priority.PRIORITY_BELOW_NORMAL)
    setPriority(pid, lower)
  } catch (cause) {
    log.debug(`Process ${pid} keeps its priority.`, cause)
  }
}
