import type { RunConfig, RunDetail, RunState, RunSummary, SearchGuidance } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'
import type { HalolawError } from '../../../src-shared/errors.ts'
import { logger } from '../../log.ts'
import type { Project } from '../../project/project.ts'
import type { RunUpdate } from '../../project/run-table.ts'
import type { EventHub } from './events.ts'
import { asHalolawError } from './errors.ts'
import { JobLink, type JobOutcome, type JobProgram } from './job-link.ts'
import type { SaveMessage } from './job-messages.ts'
import { projectRunStore } from './project-run-store.ts'
import { RemainingTime } from './remaining.ts'
import { withRequest, type GuidanceRequest } from '../../run/state/run-guide.ts'
import type { RunProgress } from '../../run/state/run-types.ts'

const log = logger('jobs')

/** A run that has a process. */
interface Job {
  link: JobLink
  remaining: RemainingTime
  /** The latest state; the project's copy is updated once a second */
  live: Partial<RunSummary>
  writtenAt: number
  /** Guidance that this service process has sent to the run's searches; null: as stored in the project */
  guidance: SearchGuidance | null
  /** The state that the run gets when its process ends on request */
  wish: 'cancelled' | 'paused' | 'interrupted' | 'deleted' | null
  failure: HalolawError | null
  ended: Promise<void>
}

const writeIntervalMs = 1000
const resumable: RunState[] = ['interrupted', 'paused', 'cancelled', 'failed']

/** Starts, queues, pauses, resumes and ends the runs of one project. Only one run is active at a time. */
export class RunManager {
  private project: Project
  private readonly hub: EventHub
  private readonly program: JobProgram
  private readonly jobs = new Map<string, Job>()
  private readonly queue: string[] = []
  private working: string | null = null

  constructor(project: Project, hub: EventHub, program: JobProgram) {
    this.project = project
    this.hub = hub
    this.program = program
  }

  get runningRun(): string | null {
    return this.working
  }

  /** The engine that the running run requests; 'auto' counts as the CPU. */
  get engine(): string {
    const engine = this.working === null ? 'auto' : this.project.runs.get(this.working).config.engine
    return engine === 'auto' ? 'cpu' : engine
  }

  /** Continues in a copy of the project. */
  moveTo(project: Project): void {
    this.project = project
  }

  get rssMB(): number {
    return [...this.jobs.values()].reduce((sum, { link }) => sum + link.rssMB, 0)
  }

  list(): RunSummary[] {
    return this.project.runs.list().map((run) => this.withLive(run))
  }

  summary(id: string): RunSummary {
    return this.withLive(this.project.runs.get(id))
  }

  detail(id: string): RunDetail {
    const detail = this.withLive(this.project.runs.detail(id))
    return { ...detail, guidance: this.jobs.get(id)?.guidance ?? detail.guidance }
  }

  start(config: RunConfig, name?: string): RunSummary {
    const { id } = this.project.runs.create(config, name)
    return this.enqueue(id)
  }

  /** Resumes a run from its pause if possible, otherwise from its last checkpoint. */
  resume(id: string): RunSummary {
    const { state, name } = this.project.runs.get(id)
    if (this.project.runs.isElsewhere(id))
      throw badInput(`${name} is being worked on by another Halolaw; wait for it or end it there.`)
    if (!resumable.includes(state))
      throw badInput(`${name} is ${state === 'done' ? 'finished' : state}; there is nothing to resume.`)
    this.project.runs.adopt(id)
    return this.enqueue(id)
  }

  cancel(id: string): void {
    const { state, name } = this.project.runs.get(id)
    const job = this.jobs.get(id)
    if (job) {
      job.wish = 'cancelled'
      job.link.cancel()
    } else if (state === 'queued' || state === 'paused' || state === 'interrupted') {
      this.leaveQueue(id)
      this.finish(id, { state: 'cancelled', message: 'Cancelled.' })
    } else throw badInput(`${name} is ${state}; there is nothing to cancel.`)
  }

  pause(id: string): void {
    const { state, name } = this.project.runs.get(id)
    if (state !== 'running' && state !== 'queued')
      throw badInput(`${name} is ${state}; only a run at work can be paused.`)
    const job = this.jobs.get(id)
    const message = 'Paused.'
    this.leaveQueue(id)
    if (job && state === 'running') {
      if (!job.link.pause()) {
        // The system cannot suspend a process, so the process ends, and the run resumes from its checkpoint.
        job.wish = 'paused'
        job.link.cancel()
        return
      }
      job.live = { ...job.live, remaining: null }
      this.working = null
    }
    this.note(id, { state: 'paused', message })
    this.workOn()
  }

  /**
   * Sends guidance to a run's searches. Earlier guidance and the current complexity weights are in `detail(id)`.
   * @throws HalolawError `bad-input` when the run has no current or future search
   */
  guide(id: string, request: GuidanceRequest): void {
    const job = this.guidable(id)
    job.link.guide(request)
    // A paused process receives it later; the window shows it at once.
    const { config, guidance } = this.detail(id)
    this.guided(id, job, withRequest(guidance, request, config.radius))
  }

  private guided(id: string, job: Job, guidance: SearchGuidance): void {
    job.guidance = guidance
    this.hub.emit('run.guidance', { id, guidance })
  }

  private guidable(id: string): Job {
    const { name, state } = this.summary(id)
    const job = this.jobs.get(id)
    if (state === 'done' || job?.live.step === 'compare' || (job?.live.step === 'formula' && job.live.search === null))
      throw badInput(`The search of ${name} is over; start another run to try a formula.`)
    if (!job) throw badInput(`${name} is ${state}; resume it first.`)
    return job
  }

  /** Ends the run's process, if it has one, and deletes its results. */
  async delete(id: string): Promise<void> {
    const { name } = this.project.runs.get(id)
    if (this.project.runs.isElsewhere(id))
      throw badInput(`${name} is being worked on by another Halolaw; delete it there, or end it there first.`)
    this.leaveQueue(id)
    const job = this.jobs.get(id)
    if (job) {
      job.wish = 'deleted'
      job.link.kill()
      await job.ended
    }
    this.project.runs.delete(id)
  }

  /** Ends every process; the runs can be resumed from their checkpoints. */
  async close(): Promise<void> {
    for (const id of this.queue.splice(0)) this.project.runs.update(id, { state: 'interrupted' })
    const ending = [...this.jobs].map(([id, job]) => {
      job.wish = this.project.runs.get(id).state === 'paused' ? 'paused' : 'interrupted'
      job.link.kill()
      return job.ended
    })
    await Promise.all(ending)
  }

  private enqueue(id: string): RunSummary {
    this.project.runs.update(id, { state: 'queued', error: null, message: 'Waiting for its turn.' })
    this.queue.push(id)
    this.workOn()
    return this.summary(id)
  }

  private leaveQueue(id: string): void {
    const place = this.queue.indexOf(id)
    if (place >= 0) this.queue.splice(place, 1)
  }

  /** Starts the next run if none is active. */
  private workOn(): void {
    if (this.working !== null) return
    const id = this.queue.shift()
    if (id === undefined) return
    this.working = id
    const stopped = this.jobs.get(id)
    if (stopped) {
      stopped.remaining = new RemainingTime()
      stopped.link.resume()
    } else this.launch(id)
    this.note(id, { state: 'running', message: stopped ? 'Going on.' : 'Starting.' })
  }

  private launch(id: string): void {
    const { config: saved } = this.project.runs.get(id)
    const config = { ...saved, catalog: this.project.locate(saved.catalog) }
    let ended = (): void => {}
    const job: Job = {
      link: new JobLink(
        this.program,
        { start: { config, checkpoints: this.project.runs.checkpoints(id) } },
        {
          onSave: (message) => this.save(id, job, message),
          onProgress: (progress) => this.progress(id, job, progress),
          onStep: (record) => this.hub.thinned('run.step', id, { id, record }),
          onEnd: (outcome) => {
            this.end(id, job, outcome)
            ended()
          }
        }
      ),
      remaining: new RemainingTime(),
      live: {},
      writtenAt: 0,
      guidance: null,
      wish: null,
      failure: null,
      ended: new Promise((resolve) => (ended = resolve))
    }
    this.jobs.set(id, job)
  }

  private save(id: string, job: Job, message: SaveMessage): void {
    if (job.failure) return
    try {
      if (message.save === 'saveCheckpoint') this.project.runs.saveCheckpoint(id, ...message.args)
      else {
        const store = projectRunStore(this.project, id)
        // The message's type pairs each method with its own arguments; TypeScript cannot follow it through the index.
        ;(store[message.save] as (...args: unknown[]) => void)(...message.args)
      }
    } catch (cause) {
      job.failure = asHalolawError(cause)
      job.link.kill()
      return
    }
    if (message.save === 'saveEpoch') this.hub.thinned('run.epoch', id, { id, record: message.args[0] })
    if (message.save === 'saveGuidance') this.guided(id, job, message.args[0].told)
    if (message.save === 'saveFront')
      this.hub.thinned('run.front', `${message.args[0]}:${id}`, {
        id,
        which: message.args[0],
        entries: message.args[1]
      })
  }

  private progress(id: string, job: Job, { step, fraction, message, search = null }: RunProgress): void {
    const now = performance.now()
    job.live = { step, progress: fraction, message, search, remaining: job.remaining.at(fraction, now / 1000) }
    if (now - job.writtenAt > writeIntervalMs && !job.failure) {
      job.writtenAt = now
      try {
        this.project.runs.update(id, { step, progress: fraction, message })
      } catch (cause) {
        job.failure = asHalolawError(cause)
        job.link.kill()
        return
      }
    }
    this.hub.thinned('run.progress', id, this.summary(id))
  }

  private end(id: string, job: Job, outcome: JobOutcome): void {
    this.jobs.delete(id)
    if (this.working === id) this.working = null
    const { step = null, progress = 0 } = job.live
    if (job.wish !== 'deleted') {
      if ('done' in outcome && !job.failure) this.finish(id, { state: 'done', step, progress: 1, message: 'Done.' })
      else this.finish(id, { step, progress, ...unfinished(job, outcome) })
    }
    this.workOn()
  }

  private finish(id: string, ending: RunUpdate & { state: RunState; message: string }): void {
    let summary: RunSummary
    try {
      this.project.runs.update(id, ending)
      summary = this.summary(id)
    } catch (cause) {
      log.warn(`The state of ${id} is not saved.`, cause)
      // On a full disk the file keeps the old state; the next start finds the run interrupted.
      summary = { ...this.project.runs.get(id), ...ending }
    }
    log[summary.state === 'failed' ? 'warn' : 'info'](
      `${summary.name} is ${summary.state}: ${summary.error ?? summary.message}`
    )
    this.hub.flush(id)
    this.hub.emit('run.finished', summary)
  }

  private note(id: string, update: { state: RunState; message: string }): void {
    this.project.runs.update(id, update)
    const job = this.jobs.get(id)
    if (job) job.live = { ...job.live, message: update.message }
    this.hub.thinned('run.progress', id, this.summary(id))
  }

  private withLive<T extends RunSummary>(run: T): T {
    return { ...run, ...this.jobs.get(run.id)?.live }
  }
}

function unfinished(job: Job, outcome: JobOutcome): { state: RunState; message: string; error: string | null } {
  if (job.failure) return { state: 'failed', message: 'Stopped.', error: job.failure.message }
  if (job.wish === 'cancelled')
    return { state: 'cancelled', message: 'Cancelled; what was finished is kept.', error: null }
  if (job.wish === 'paused') return { state: 'paused', message: 'Paused.', error: null }
  if (job.wish === 'interrupted')
    return { state: 'interrupted', message: 'Interrupted; it can be resumed from its last checkpoint.', error: null }
  if ('failed' in outcome) return { state: 'failed', message: 'Stopped.', error: outcome.failed.message }
  if ('silentSeconds' in outcome)
    return {
      state: 'interrupted',
      message: 'Interrupted; it can be resumed from its last checkpoint.',
      error: `The run's process did not respond for ${outcome.silentSeconds} s and was ended; resume it to go on from its last checkpoint.`
    }
  const detail = 'lost' in outcome ? outcome.lost : 'no answer'
  return {
    state: 'interrupted',
    message: 'Interrupted; it can be resumed from its last checkpoint.',
    error: `The run's process ended unexpectedly (${detail}); resume it to go on from its last checkpoint.`
  }
}
