// A process that tries TensorFlow's native library, so that a broken one breaks here. runtime.ts starts it with the path.
import { loadNativeLibrary } from './library.ts'

/** The reply, if the process survives to send it. */
export type ProbeReply = { gpu: boolean; version: string } | { error: string }

function tryLibrary(path: string): ProbeReply {
  try {
    const { tf, gpu, version } = loadNativeLibrary(path)
    const [sum] = tf
      .matMul(tf.ones([64, 64]), tf.ones([64, 64]))
      .sum()
      .dataSync()
    return sum === 64 ** 3
      ? { gpu, version }
      : { error: `a product of matrices of ones sums to ${sum} instead of ${64 ** 3}` }
  } catch (cause) {
    return { error: (cause as Error).message.split('\n')[0] }
  }
}

process.send?.(tryLibrary(process.argv[2]), undefined, undefined, () => process.exit(0))
