import type { GnnConfig } from '../network/model.ts'
import type { GnnCheckpoint } from './train-types.ts'
import { joinMoments, layersOf, messageOutputs, splitMoments } from '../network/parameters.ts'

/**
 * Group-sparse messages: the group lasso (Yuan and Lin 2006) over groups of weights, one per message component. A group holds
 * all weights into the component (its column and bias in the edge function's last layer) and out of it (its rows in the node
 * function's first layer and in the linear path). Both sides belong to it, because a component could otherwise evade the
 * penalty by growing on one side while it shrinks on the other.
 */

/** Positions in the weight vector of each component's group. */
export function componentGroups(config: GnnConfig): Uint32Array[] {
  const groups = Array.from({ length: config.messageWidth }, (): number[] => [])
  forEachMessageWeight(config, (at, component) => groups[component].push(at))
  return groups.map((group) => Uint32Array.from(group))
}

/**
 * Proximal step of the group lasso: every group's norm shrinks by `threshold` times the square root of its size. A shorter
 * group becomes zero, together with its moving average and Adam moments, and stays zero because its gradient is zero. The
 * longest group is never zeroed. Changes all vectors in place; `moments` holds first, then second moments.
 * @returns the components that are not zero
 */
export function shrinkGroups(
  vectors: { weights: Float32Array; average: Float32Array; moments: Float32Array },
  groups: readonly Uint32Array[],
  threshold: number
): number[] {
  const { weights, average, moments } = vectors
  const lengths = groups.map((group) => Math.sqrt(group.reduce((sum, at) => sum + weights[at] ** 2, 0)))
  const longest = lengths.indexOf(Math.max(...lengths))
  return groups.flatMap((group, component) => {
    const factor = 1 - (threshold * Math.sqrt(group.length)) / lengths[component]
    if (factor > 0 || component === longest) {
      for (const at of group) weights[at] *= Math.max(factor, 0.5)
      return [component]
    }
    for (const at of group) weights[at] = average[at] = moments[at] = moments[weights.length + at] = 0
    return []
  })
}

/** The checkpoint without components whose weights are all zero, which leaves its predictions unchanged; null if there are none. */
export function narrowed(
  progress: GnnCheckpoint
): Pick<GnnCheckpoint, 'current' | 'average' | 'moments' | 'components'> | null {
  const { current, average, moments, components } = progress
  const { config, parameters } = current
  const remaining = componentGroups(config).flatMap((group, component) =>
    group.some((at) => parameters[at] !== 0) ? [component] : []
  )
  if (remaining.length === config.messageWidth) return null
  const narrow = (vector: Float32Array): Float32Array => withoutComponents(vector, config, remaining)
  const [first, second] = splitMoments(moments).map(narrow)
  return {
    current: { ...current, config: { ...config, messageWidth: remaining.length }, parameters: narrow(parameters) },
    average: narrow(average),
    moments: joinMoments(first, second),
    components: remaining.map((component) => components[component])
  }
}

/** A vector of weights or moments with the remaining components only; exact if the others are zero. */
export function withoutComponents(vector: Float32Array, config: GnnConfig, remaining: readonly number[]): Float32Array {
  const drop = new Set<number>()
  forEachMessageWeight(config, (at, component) => !remaining.includes(component) && drop.add(at))
  return vector.filter((_, at) => !drop.has(at))
}

/** Visits every weight that belongs to a message component, in the layout of parameters.ts. */
function forEachMessageWeight(config: GnnConfig, visit: (at: number, component: number) => void): void {
  const outputs = messageOutputs(config)
  let start = 0
  let nodeSeen = false
  for (const layer of layersOf(config)) {
    const weights = layer.inputs * layer.outputs
    if (layer.part === 'message') {
      for (let n = 0; n < weights + layer.outputs; n++) visit(start + n, (n % outputs) % config.messageWidth)
    } else if (layer.part === 'skip' || (!nodeSeen && (layer.part === 'node' || layer.part === 'output'))) {
      for (let n = 0; n < config.messageWidth * layer.outputs; n++) visit(start + n, Math.floor(n / layer.outputs))
    }
    nodeSeen ||= layer.part === 'node' || layer.part === 'output'
    start += weights + (layer.bias ? layer.outputs : 0)
  }
}
