// A process that tries TensorFlow's native library, started by runtime.ts with its path: what is broken breaks here.
import { loadNativeLibrary } from './library.ts'

/** What the process says, if it lives to say it. */
export type ProbeReply = { gpu: boolean; version: string } | { error: string }

function tried(path: string): ProbeReply {
  try {
    const { tf, gpu, version } = loadNativeLibrary(path)
    const [sum] = tf
      .matMul(tf.ones([64, 64]), tf.ones([64, 64]))
      .sum()
      .dataSync()
    return sum === 64 ** 3 ? { gpu, version } : { error: `a product of ones sums to ${sum} and not to ${64 ** 3}` }
  } catch (cause) {
    return { error: (cause as Error).message.split('\n')[0] }
  }
}

process.send?.(tried(process.argv[2]), undefined, undefined, () => process.exit(0))
