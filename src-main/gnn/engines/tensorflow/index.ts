import type { Engine } from '../../network/engine.ts'
import { TensorflowNetwork } from './network.ts'
import { openRuntime } from './runtime.ts'
import type { Runtime } from './runtime.ts'

/** The TensorFlow engine: CUDA if its native library works, otherwise software, which its notice reports. */
export async function openTensorflow(): Promise<Engine> {
  return tensorflowEngine(await openRuntime())
}

/** @param bytes limit for the tensors of one part of a step; default 1 GiB */
export function tensorflowEngine(runtime: Runtime, bytes?: number): Engine & { runtime: Runtime } {
  const { gpu, device, notice } = runtime
  return {
    id: 'tensorflow',
    device,
    software: !gpu,
    notice,
    runtime,
    measurePeak: () => measurePeak(runtime),
    createNetwork: (setup) => Promise.resolve(new TensorflowNetwork(runtime, setup, bytes))
  }
}

/** GFLOP/s of a square matrix product that fills the device; the best of three. */
async function measurePeak({ tf, gpu, use }: Runtime): Promise<number> {
  use()
  const size = gpu ? 8192 : tf.getBackend() === 'tensorflow' ? 2048 : 256
  const a = tf.randomUniform([size, size]) as import('@tensorflow/tfjs').Tensor2D
  let best = Infinity
  for (let turn = 0; turn < 4; turn++) {
    use()
    const start = performance.now()
    // Reading one element back waits for the whole product.
    const corner = tf.tidy(() => tf.matMul(a, a).slice([0, 0], [1, 1]))
    await corner.data()
    corner.dispose()
    if (turn > 0) best = Math.min(best, (performance.now() - start) / 1000)
  }
  a.dispose()
  return (2 * size ** 3) / best / 1e9
}
