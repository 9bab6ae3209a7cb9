import { trainNetworks } from './networks.ts'
import type { WithNeighbours, WithNetworks } from './run-state.ts'
import type { StepWork } from './run-step.ts'

/** Trains the network that is distilled, and those of further seeds and of the ablation. */
export async function train(state: WithNeighbours, { options, store, onStep }: StepWork): Promise<WithNetworks> {
  const { config, learn } = state
  const networks = await trainNetworks(config, { ...state, train: learn }, store, { ...options, onStep })
  return { ...state, networks }
}
