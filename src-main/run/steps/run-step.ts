import type { FrontName, RunConfig, RunResult, StepName, StepRecord } from '../../../src-shared/contract.ts'
import type { TraceSink } from '../../symbolic/index.ts'
import type { WorkOptions } from '../../work.ts'
import { Clock, stepShare, type Lap } from './run-clock.ts'
import { RunGuide } from '../state/run-guide.ts'
import type { RunStore } from '../state/run-store.ts'
import type { RunWork } from '../state/run-types.ts'
import { networkCount } from '../method/training-plan.ts'

/** Inputs of a verb of the method, besides the state. */
export interface StepWork {
  options: WorkOptions & { seed: number; threads: number }
  store: RunStore
  hash: 'none' | 'content'
  /** Bytes that the catalog may take in memory */
  memoryLimit: number | undefined
  /** Call it only after the catalog is saved: until then the store of a new run has no checkpoints */
  guide: () => RunGuide
  /** Reports the loss of the first network as it trains */
  onStep?: (record: StepRecord) => void
  /** Reports the start of a search for formulas; null: all searches are over, and their laws are refitted */
  onSearch: (which: FrontName | null) => void
  onTrace?: TraceSink
}

/** One verb of the method: takes the state of the run and returns it with what the verb adds. */
export type Verb<Before, After> = (state: Before, work: StepWork) => Promise<After>

interface StepPlan {
  /** The step whose progress it reports, and the share of that step */
  progress: { step: StepName; from: number; to: number }
  /** The timing that includes its time; null: only the total does */
  lap: Lap | null
}

const whole = (step: StepName): StepPlan['progress'] => ({ step, from: 0, to: 1 })

const plans = {
  load: { progress: whole('catalog'), lap: 'load' },
  split: { progress: whole('graph'), lap: 'graph' },
  neighbours: { progress: whole('graph'), lap: 'graph' },
  train: { progress: whole('network'), lap: 'train' },
  distil: { progress: whole('formula'), lap: 'refit' },
  baselines: { progress: { step: 'compare', from: 0, to: 0.8 }, lap: 'refit' },
  compare: { progress: { step: 'compare', from: 0.8, to: 1 }, lap: null }
} satisfies Record<string, StepPlan>

export interface Steps {
  /** Runs one step of the method: measures its time, and reports its progress as a share of the whole run's. */
  runStep<Before extends object, After extends Before>(
    name: keyof typeof plans,
    verb: Verb<Before, After>,
    state: Before
  ): Promise<After>
  timings(): RunResult['timings']
}

/** The steps of one run, which share its clock, its store and its guide. */
export function runSteps(config: RunConfig, store: RunStore, work: RunWork): Steps {
  const clock = new Clock()
  let search: FrontName | null = null
  let guide: RunGuide | null = null
  return {
    async runStep<Before extends object, After extends Before>(
      name: keyof typeof plans,
      verb: Verb<Before, After>,
      state: Before
    ): Promise<After> {
      const plan: StepPlan = plans[name]
      const after = await verb(state, workOf(plan))
      if (plan.lap) clock.lap(plan.lap)
      return after
    },
    timings: () => clock.timings()
  }

  function workOf({ progress: { step, from, to } }: StepPlan): StepWork {
    const { before, share, all } = stepShare(step, networkCount(config), config.preset)
    const onProgress: WorkOptions['onProgress'] = ({ fraction, message }) => {
      const reached = from + (to - from) * fraction
      work.onProgress?.({ step, fraction: (before + share * reached) / all, message, search })
    }
    const { signal, onNotice, onStep, onTrace } = work
    return {
      options: { seed: config.seed, threads: config.threads, signal, onNotice, onProgress },
      store,
      hash: work.hash ?? 'none',
      memoryLimit: work.memoryLimit,
      guide: () => (guide ??= work.guide ?? new RunGuide(store)),
      onStep,
      onTrace,
      onSearch: (which) => {
        search = which
        if (which === null) clock.lap('symbolic')
      }
    }
  }
}
