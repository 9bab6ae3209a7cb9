import { fitBaselines } from '../../law/baselines/baselines.ts'
import { oncePerRun } from '../state/once.ts'
import type { WithBaselines, WithLaws } from './run-state.ts'
import type { StepWork } from './run-step.ts'

/** Fits the laws made by hand on all training halos, for comparison. */
export async function fitHandMadeLaws(state: WithLaws, { options, store }: StepWork): Promise<WithBaselines> {
  const baselines = await oncePerRun(store, 'baselines', () =>
    fitBaselines(state, state.target, state.split.train, options)
  )
  return { ...state, baselines }
}
