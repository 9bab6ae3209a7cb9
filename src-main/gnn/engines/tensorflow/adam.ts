import { layersOf } from '../../network/parameters.ts'
import type { NetworkConfig } from '../../network/parameters.ts'
import type { TrainingSteps } from '../../network/engine.ts'
import { beta1, beta2, epsilon, stepFactors } from '../shared/adam.ts'

/** Weights, their moving average and Adam's moments: vectors in the layout of parameters.ts. */
export class Adam {
  current: Float32Array<ArrayBufferLike>
  average: Float32Array<ArrayBufferLike>
  first: Float32Array<ArrayBufferLike>
  second: Float32Array<ArrayBufferLike>
  steps = 0
  private readonly decays: Uint8Array

  constructor(config: NetworkConfig) {
    this.decays = decaying(config)
    const size = this.decays.length
    ;[this.current, this.average, this.first, this.second] = [0, 1, 2, 3].map(() => new Float32Array(size))
  }

  /** As the CPU engine's kernels do it. The gradient is shortened in place. */
  step(
    gradient: Float32Array,
    rate: number,
    options: Pick<TrainingSteps, 'weightDecay' | 'averageDecay' | 'clipNorm'>
  ): void {
    const t = ++this.steps
    if (options.clipNorm > 0) clip(gradient, options.clipNorm)
    const { correction1, correction2, averageDecay } = stepFactors(t, options.averageDecay)
    const { current, average, first, second, decays } = this
    for (let n = 0; n < gradient.length; n++) {
      const g = gradient[n]
      first[n] = beta1 * first[n] + (1 - beta1) * g
      second[n] = beta2 * second[n] + (1 - beta2) * g * g
      const change = (first[n] * correction1) / (Math.sqrt(second[n] * correction2) + epsilon)
      current[n] -= rate * (change + (decays[n] ? options.weightDecay * current[n] : 0))
      average[n] = current[n] + averageDecay * (average[n] - current[n])
    }
  }
}

function clip(gradient: Float32Array, longest: number): void {
  let squares = 0
  for (const g of gradient) squares += g * g
  const norm = Math.sqrt(squares)
  if (norm > longest) for (let n = 0; n < gradient.length; n++) gradient[n] *= longest / norm
}

/** 1 for each weight that decays: biases are spared. */
function decaying(config: NetworkConfig): Uint8Array {
  return Uint8Array.from(
    layersOf(config).flatMap(({ inputs, outputs, bias }) => [
      ...new Array<number>(inputs * outputs).fill(1),
      ...new Array<number>(bias ? outputs : 0).fill(0)
    ])
  )
}
