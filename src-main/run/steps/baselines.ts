import { fitBaselines } from '../../law/baselines/baselines.ts'
import type { WithBaselines, WithLaws } from './run-state.ts'
import type { StepWork } from './run-step.ts'

/** Fits the laws made by hand on all training halos, for comparison. */
export async function fitHandMadeLaws(state: WithLaws, { options }: StepWork): Promise<WithBaselines> {
  const baselines = await fitBaselines(state, state.target, state.split.train, options)
  return { ...state, baselines }
}
