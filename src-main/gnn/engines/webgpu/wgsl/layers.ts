import type { Kernel } from './kernel.ts'
import type { DenseLayer, NetworkPlan } from './layout.ts'
import { KernelProgram } from './program.ts'
import type { RowSums } from './row-sums.ts'

/** A kernel whose workgroups keep activations and their gradients in one slab each. */
export interface SlabKernel extends Kernel {
  /** Slab size per workgroup, quads */
  slab: number
}

/** Allocates consecutive matrices in a workgroup's slab; offsets in quads. */
export class Slab {
  size = 0
  allocate(quads: number): number {
    const at = this.size
    this.size += quads
    return at
  }
}

/** Slab offsets of the results of a function's layers, and the programs that compute them. */
interface Path {
  /** Input of each layer, and the output of the last */
  values: number[]
  /** Gradient of each layer's output; that of the last layer overwrites the output */
  gradients: number[]
  forward: KernelProgram
  back: KernelProgram
}

/** The forward pass through a function's layers. With `back`, hidden layers store their slopes, which their gradients later overwrite. */
export function pathOf(
  layers: DenseLayer[],
  { rows, slab, sums, plan, back }: { rows: number; slab: Slab; sums: RowSums; plan: NetworkPlan; back: boolean }
): Path {
  const options = { activation: plan.config.activation, keepSlope: back, sums }
  const values = [slab.allocate(rows * layers[0].inputs)]
  const gradients: number[] = []
  const forward = new KernelProgram('forward', options)
  layers.forEach((layer, n) => {
    const last = n === layers.length - 1
    const output = slab.allocate(rows * layer.outputs)
    gradients.push(back && !last ? slab.allocate(rows * layer.outputs) : output)
    values.push(output)
    forward.multiply('forward', last ? 'linear' : 'activate', {
      rows,
      columns: layer.outputs,
      depth: 4 * layer.inputs,
      left: values[n],
      leftStride: layer.inputs,
      right: layer.weights,
      rightStride: layer.outputs,
      output,
      bias: layer.bias,
      slope: gradients[n]
    })
  })
  return { values, gradients, forward, back: new KernelProgram('back', options) }
}

/** Adds the backward pass, from the gradient of the last output to that of the first `inputs.quads` of the input. */
export function addBack(
  path: Path,
  layers: DenseLayer[],
  rows: number,
  plan: NetworkPlan,
  inputs: { quads: number; at: number }
): void {
  const { values, gradients, back } = path
  const keepsSlopes = plan.config.activation === 'silu'
  for (let n = layers.length - 1; n >= 0; n--) {
    const layer = layers[n]
    addShare(back, layer, rows, values[n], gradients[n])
    const columns = n > 0 ? layer.inputs : inputs.quads
    if (columns > 0)
      back.multiply('back', n > 0 ? 'slope' : 'keep', {
        rows,
        columns,
        depth: 4 * layer.outputs,
        left: gradients[n],
        leftStride: layer.outputs,
        right: layer.weights,
        rightStride: layer.outputs,
        output: n > 0 ? gradients[n - 1] : inputs.at,
        slope: n > 0 ? (keepsSlopes ? gradients[n - 1] : values[n]) : 0
      })
  }
}

/** Adds these rows' contribution to the gradient of a layer's weights and bias. */
export function addShare(
  program: KernelProgram,
  layer: DenseLayer,
  rows: number,
  input: number,
  gradient: number
): void {
  program.multiply('share', 'share', {
    rows: 4 * layer.inputs,
    columns: layer.outputs,
    depth: rows,
    left: input,
    leftStride: layer.inputs,
    right: gradient,
    rightStride: layer.outputs,
    output: layer.weights
  })
  if (layer.bias >= 0) program.shareOfBias(rows, layer.outputs, gradient, layer.bias)
}
