import { fork } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectRoot } from '../../../native.ts'
import { loadNativeLibrary, nativeLibraryPath } from './library.ts'
import type { Tf } from './library.ts'
import type { ProbeReply } from './probe.ts'

/** tfjs with one of its backends. */
export interface Runtime {
  tf: Tf
  /** Whether a CUDA device computes */
  gpu: boolean
  device: string
  notice?: string
  /** Makes this runtime's backend the active one of tfjs; call it before every sequence of operations. */
  use(): void
}

/** On first use of a new card CUDA may compile its kernels for a minute. */
const probeSeconds = 120

/** The native library if it works, with CUDA if it finds a card; otherwise plain JavaScript, and the reason. */
export async function openRuntime(path = nativeLibraryPath()): Promise<Runtime> {
  if (path === null) return plainRuntime('the package @tensorflow/tfjs-node-gpu is not installed')
  const reply = await probe(path)
  if ('error' in reply) return plainRuntime(`its native library does not work on this machine (${reply.error})`)
  const { tf, gpu, version } = loadNativeLibrary(path)
  return ready(tf, 'tensorflow', {
    gpu,
    device: `TensorFlow ${version} ${gpu ? 'with CUDA' : 'on the CPU'}`,
    notice: gpu
      ? undefined
      : 'TensorFlow finds no CUDA device and computes on the CPU, slower than --engine cpu; docs/engines.md lists what it needs.'
  })
}

/** Plain tfjs, slow but correct: the reference in the tests of other engines. @param reason why the native library is not used */
export async function plainRuntime(reason: string): Promise<Runtime> {
  // tfjs is CommonJS; Node's namespace object lacks exports whose names it cannot detect.
  const imported = (await import('@tensorflow/tfjs')) as Tf & { default?: Tf }
  return ready(imported.default ?? imported, 'cpu', {
    gpu: false,
    device: 'TensorFlow.js in plain JavaScript',
    notice: `TensorFlow computes in plain JavaScript, a hundred times slower than --engine cpu, because ${reason}; docs/engines.md lists what it needs.`
  })
}

async function ready(
  tf: Tf,
  backend: 'cpu' | 'tensorflow',
  described: Pick<Runtime, 'gpu' | 'device' | 'notice'>
): Promise<Runtime> {
  // No checks of every intermediate tensor, and no advice on the console.
  tf.enableProdMode()
  await tf.setBackend(backend)
  await tf.ready()
  return {
    tf,
    ...described,
    use() {
      // Both backends are ready, so tfjs switches synchronously.
      if (tf.getBackend() !== backend) void tf.setBackend(backend)
    }
  }
}

/** Tries the library in a separate process, because a broken one may crash, hang or end the process that loads it. */
export function probe(path: string, seconds = probeSeconds): Promise<ProbeReply> {
  return new Promise((resolve) => {
    const child = fork(probeFile(), [path], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let reply: ProbeReply | null = null
    let errorText = ''
    const timer = setTimeout(() => {
      reply = { error: `it did not answer within ${seconds} seconds` }
      child.kill('SIGKILL')
    }, seconds * 1000)
    child.stderr?.on('data', (bytes: Buffer) => (errorText = (errorText + bytes.toString()).slice(-4000)))
    child.on('message', (message: ProbeReply) => (reply = message))
    child.once('error', (cause) => (reply = { error: cause.message }))
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      const last = errorText.trim().split('\n').at(-1)
      const how = signal ? `it crashed with ${signal}` : `it ended its process with exit code ${code}`
      resolve(reply ?? { error: last ? `${how}: ${last}` : how })
    })
  })
}

/** Next to this file in the sources, next to the shells in the build. */
function probeFile(): string {
  const here = fileURLToPath(import.meta.url)
  return here.endsWith('.ts')
    ? join(dirname(here), 'probe.ts')
    : join(projectRoot(), 'out', 'main', 'tensorflow-probe.js')
}
