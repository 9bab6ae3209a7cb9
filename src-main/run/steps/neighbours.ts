import { badInput } from '../../../src-shared/errors.ts'
import { buildNeighbours } from '../../graph/neighbours.ts'
import type { WithNeighbours, WithSets } from './run-state.ts'
import type { StepWork } from './run-step.ts'

/** @throws HalolawError `bad-input` for a graph without edges */
export async function findNeighbours(state: WithSets, { options }: StepWork): Promise<WithNeighbours> {
  const { radius } = state.config
  const neighbours = buildNeighbours(state.catalog, radius)
  const edges = await neighbours.countEdges(options)
  if (edges === 0) throw badInput(`No two halos are closer than ${radius} Mpc/h; take a larger radius.`)
  return { ...state, neighbours, edges }
}
