import type { EngineNetwork } from '../network/engine.ts'
import type { TrainedGnn } from './train-types.ts'

export type Spectrum = Pick<TrainedGnn, 'messageStd' | 'messageKl'>

/** Standard deviation of each message component over all edges of some receivers, by the average weights; variational: its divergence as well. */
export async function spectrum(network: EngineNetwork, receivers: Uint32Array, threads: number): Promise<Spectrum> {
  const { edges, sum, squares, divergence } = await network.messageMoments(receivers, 'average', threads)
  const perEdge = (total: number): number => total / Math.max(1, edges)
  const messageStd = Array.from(sum, (total, n) => Math.sqrt(Math.max(0, perEdge(squares[n]) - perEdge(total) ** 2)))
  return divergence ? { messageStd, messageKl: Array.from(divergence, perEdge) } : { messageStd }
}

/** The spectrum over all components of the requested width; removed components are 0. */
export function ofAllComponents(spectrum: Spectrum, components: readonly number[], width: number): Spectrum {
  const spread = (values: number[]): number[] => {
    const all = Array<number>(width).fill(0)
    components.forEach((component, n) => (all[component] = values[n]))
    return all
  }
  const { messageStd, messageKl } = spectrum
  return { messageStd: spread(messageStd), ...(messageKl && { messageKl: spread(messageKl) }) }
}
