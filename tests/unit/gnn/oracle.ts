import type { StepLoss } from '../../../src-main/gnn/network/engine.ts'
import { tensorflowEngine } from '../../../src-main/gnn/engines/tensorflow/index.ts'
import { plainRuntime } from '../../../src-main/gnn/engines/tensorflow/runtime.ts'
import type { GnnState } from '../../../src-main/gnn/network/model.ts'
import type { HaloGraph } from '../../../src-main/graph/halo-graph.ts'

/** TensorFlow in plain JavaScript: what the other engines are held against. */
export const oracle = tensorflowEngine(await plainRuntime('it is the oracle'))

/** Loss and gradient of one batch (target by halo, standardised), and predictions in the target's own units. */
export async function tensorflowOracle(
  state: GnnState,
  graph: HaloGraph,
  receivers: Uint32Array,
  target: Float32Array,
  at: StepLoss
): Promise<{ loss: number; gradient: Float32Array; predictions: Float32Array }> {
  const network = await oracle.createNetwork({ ...graph, ...state })
  network.setWeights(state.parameters, state.parameters)
  const { loss, gradient } = await network.gradient(receivers, target, at, 1)
  const { mean, scale } = state.standardisation.target
  const predictions = (await network.predict(receivers, 'current', 1)).map((value) => value * scale + mean)
  network.dispose?.()
  return { loss, gradient, predictions }
}
