import type { LawId, LawReport } from '../../../src-shared/contract.ts'
import { badInput, HalolawError } from '../../../src-shared/errors.ts'
import type { ContentHashes } from '../../catalog/hash.ts'
import { checkLawSize } from '../../law/text/law-size.ts'
import { parseLaw } from '../../law/text/parse-law.ts'
import type { Project } from '../../project/project.ts'
import type { EventHub } from './events.ts'
import { JobLink, type JobOutcome, type JobProgram } from './job-link.ts'
import type { LawRequest, MeasuredLaw } from '../../run/laws/measure-law.ts'
import { requireSameCatalog } from './resumable.ts'
import type { RunSplit, StoredModel } from '../../run/state/run-store.ts'

/** A process that measures laws and keeps the catalog in memory for the next one. */
interface Measuring {
  link: JobLink
  /** Settles the request of the latest law */
  answer: { resolve: (law: MeasuredLaw) => void; reject: (error: HalolawError) => void } | null
  ended: Promise<void>
}

/** How long the process waits for another law before its memory is freed */
const idleMs = 180_000

/**
 * Laws that the user measures in addition to those of a run: one at a time, in a separate process, stored with the run.
 */
export class Laws {
  private project: Project
  private readonly hub: EventHub
  private readonly program: JobProgram
  private readonly hashes: ContentHashes
  private measuring: Measuring | null = null
  private idle: NodeJS.Timeout | undefined
  /** The run whose law is being measured, for its progress */
  private run = ''
  private turn: Promise<unknown> = Promise.resolve()
  /** Counts cancellations; a request made before the last cancellation is not started. */
  private generation = 0

  constructor(project: Project, hub: EventHub, program: JobProgram, hashes: ContentHashes) {
    this.project = project
    this.hub = hub
    this.program = program
    this.hashes = hashes
  }

  /** Continues in a copy of the project. */
  moveTo(project: Project): void {
    this.project = project
  }

  /** @throws HalolawError `bad-input` for text that is not a law, or a run without sets; `cancelled` */
  measure(id: string, text: string): Promise<LawReport> {
    const { generation } = this
    const result = this.turn.then(async () => {
      const request = await this.request(id, text)
      if (generation !== this.generation) throw cancelled()
      return this.keep(id, await this.work(id, request))
    })
    this.turn = result.catch(() => {})
    return result
  }

  cancel(): void {
    this.generation++
    this.endProcess()
  }

  /** @throws HalolawError `not-found` for a run that the project does not have */
  forget(id: string, law: LawId): void {
    this.project.runs.get(id)
    this.project.runs.deleteModel(id, law)
    this.save(
      id,
      this.project.runs.laws(id).filter((report) => report.id !== law)
    )
  }

  /** Cancels the current law and ends the process. */
  async close(): Promise<void> {
    const ended = this.measuring?.ended
    this.cancel()
    await this.turn
    await ended
  }

  private async request(id: string, text: string): Promise<LawRequest> {
    const { runs } = this.project
    const { name, config, guidance } = runs.detail(id)
    checkLawSize(parseLaw(text, config.radius))
    const [train, validation, test, ood] = (['train', 'validation', 'test', 'ood'] as const).map((set) =>
      runs.set(id, set)
    )
    if (!train) throw badInput(`${name} has no train, test and OOD sets yet; wait until its graph is built.`)
    await requireSameCatalog(this.project, id, this.hashes)
    const none = new Uint32Array()
    const sets: RunSplit = { train, validation: validation ?? none, test: test ?? none, ood: ood ?? none }
    return {
      config: { ...config, catalog: this.project.locate(config.catalog) },
      text,
      sets,
      weights: guidance?.weights ?? null,
      reference: runs.predictions(id, 'formula')
    }
  }

  private async work(id: string, request: LawRequest): Promise<MeasuredLaw> {
    clearTimeout(this.idle)
    this.run = id
    try {
      return await new Promise<MeasuredLaw>((resolve, reject) => {
        const measuring = this.measuring
        if (measuring) measuring.link.measure(request)
        this.measuring = measuring ?? this.startProcess(request)
        this.measuring.answer = { resolve, reject }
      })
    } finally {
      this.idle = setTimeout(() => this.endProcess(), idleMs).unref()
    }
  }

  private startProcess(request: LawRequest): Measuring {
    let ended = (): void => {}
    const { generation } = this
    const reject = (outcome: JobOutcome): void =>
      measuring.answer?.reject(generation === this.generation ? failure(outcome) : cancelled())
    const measuring: Measuring = {
      link: new JobLink(
        this.program,
        { measure: request },
        {
          onMeasuring: ({ fraction, message }) =>
            this.hub.thinned('law.progress', this.run, { id: this.run, fraction, message }),
          onMeasured: (law) => measuring.answer?.resolve(law),
          onRefused: (failed) => reject({ failed }),
          onEnd: (outcome) => {
            if (this.measuring === measuring) this.measuring = null
            reject(outcome)
            ended()
          }
        }
      ),
      answer: null,
      ended: new Promise((resolve) => (ended = resolve))
    }
    return measuring
  }

  /** Ends the process; cancels a law that it is measuring. */
  private endProcess(): void {
    clearTimeout(this.idle)
    this.measuring?.link.cancel()
    this.measuring = null
  }

  /** A new law gets the next free number; a law that was measured before keeps its number. */
  private keep(id: string, { report, fitted, predictions }: MeasuredLaw): LawReport {
    const { runs } = this.project
    // The run may have been deleted meanwhile.
    runs.get(id)
    const laws = runs.laws(id)
    const same = laws.find(({ asked, text }) => asked === report.asked || text === report.text)
    const next = 1 + Math.max(0, ...laws.map((law) => Number(law.id.slice('law-'.length))))
    const law: LawReport = { ...report, id: same?.id ?? `law-${next}` }
    runs.saveModel(id, law.id, 'formula', { kind: 'formula', fitted } satisfies StoredModel)
    runs.savePredictions(id, law.id, predictions)
    this.save(id, same ? laws.map((other) => (other === same ? law : other)) : [...laws, law])
    return law
  }

  private save(id: string, laws: LawReport[]): void {
    this.project.runs.saveLaws(id, laws)
    this.hub.emit('run.laws', { id, laws })
  }
}

function failure(outcome: JobOutcome): HalolawError {
  return 'failed' in outcome
    ? new HalolawError(outcome.failed.code, outcome.failed.message)
    : new HalolawError('internal', 'The process that measured the law ended unexpectedly; try again.')
}

function cancelled(): HalolawError {
  return new HalolawError('cancelled', 'Cancelled; nothing was measured.')
}
