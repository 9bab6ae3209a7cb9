import type { LawId, LawReport } from '../../../src-shared/contract.ts'
import { badInput, HalolawError } from '../../../src-shared/errors.ts'
import { parseLaw } from '../../law/text/parse-law.ts'
import type { Project } from '../../project/project.ts'
import type { EventHub } from './events.ts'
import { JobLink } from './job-link.ts'
import type { LawRequest, MeasuredLaw } from '../../run/measure-law.ts'
import { requireSameCatalog } from './resumable.ts'
import type { RunSplit, StoredModel } from '../../run/run-store.ts'

/** Laws that a person measures beside what a run found: one at a time, each in a process of its own, kept with the run. */
export class Laws {
  private project: Project
  private readonly hub: EventHub
  private readonly entry: string
  private link: JobLink | null = null
  private turn: Promise<unknown> = Promise.resolve()
  /** Counts cancellations: what was asked before the last one is not begun any more. */
  private generation = 0

  constructor(project: Project, hub: EventHub, entry: string) {
    this.project = project
    this.hub = hub
    this.entry = entry
  }

  /** Goes on in a copy of the project. */
  moveTo(project: Project): void {
    this.project = project
  }

  /** @throws HalolawError `bad-input` for what is no law, or a run without sets; `cancelled` */
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
    this.link?.cancel()
  }

  forget(id: string, law: LawId): void {
    this.project.runs.deleteModel(id, law)
    this.save(
      id,
      this.project.runs.laws(id).filter((report) => report.id !== law)
    )
  }

  /** Gives up what is being measured. */
  async close(): Promise<void> {
    this.cancel()
    await this.turn
  }

  private async request(id: string, text: string): Promise<LawRequest> {
    const { runs } = this.project
    const { name, config, guidance } = runs.detail(id)
    parseLaw(text, config.radius)
    const [train, validation, test, ood] = (['train', 'validation', 'test', 'ood'] as const).map((set) =>
      runs.set(id, set)
    )
    if (!train) throw badInput(`${name} has not come so far as to have sets; wait until its graph is built.`)
    await requireSameCatalog(this.project, id)
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
    const { generation } = this
    try {
      return await new Promise<MeasuredLaw>((resolve, reject) => {
        let measured: MeasuredLaw | null = null
        this.link = new JobLink(
          this.entry,
          { measure: request },
          {
            onMeasuring: ({ fraction, message }) => this.hub.thinned('law.progress', id, { id, fraction, message }),
            onMeasured: (law) => (measured = law),
            onEnd: (outcome) => {
              if (measured) resolve(measured)
              else if (generation !== this.generation) reject(cancelled())
              else if ('failed' in outcome) reject(new HalolawError(outcome.failed.code, outcome.failed.message))
              else
                reject(new HalolawError('internal', 'The process that measured the law ended unexpectedly; try again.'))
            }
          }
        )
      })
    } finally {
      this.link = null
    }
  }

  /** The law takes a number that no law of the run has; one that was measured before is measured anew in its place. */
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

function cancelled(): HalolawError {
  return new HalolawError('cancelled', 'Cancelled; nothing was measured.')
}
