import { fork } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectRoot } from '../../../native.ts'
import { loadNativeLibrary, nativeLibraryPath } from './library.ts'
import type { Tf } from './library.ts'
import type { ProbeReply } from './probe.ts'

/** tfjs with the backend that computes. */
export interface Runtime {
  tf: Tf
  /** Whether a CUDA device computes */
  gpu: boolean
  device: string
  notice?: string
  /** Makes this runtime's backend the one that tfjs computes with; to be called before every stretch of operations. */
  use(): void
}

/** CUDA may compile its kernels for a new card when it is first used, which takes a minute. */
const probeSeconds = 120

/** The native library where it works, with CUDA where it finds a card; otherwise plain JavaScript, and why. */
export async function openRuntime(path = nativeLibraryPath()): Promise<Runtime> {
  if (path === null) return plainRuntime('the package @tensorflow/tfjs-node-gpu is not installed')
  const found = await probe(path)
  if ('error' in found) return plainRuntime(`its native library does not work here (${found.error})`)
  const { tf, gpu, version } = loadNativeLibrary(path)
  return ready(tf, 'tensorflow', {
    gpu,
    device: `TensorFlow ${version} ${gpu ? 'with CUDA' : 'on the CPU'}`,
    notice: gpu
      ? undefined
      : 'TensorFlow finds no CUDA device and computes on the CPU, more slowly than --engine cpu; docs/engines.md says what it needs.'
  })
}

/** tfjs alone, with the reason why it has to do: slow, but right, and what other engines are tested against. */
export async function plainRuntime(reason: string): Promise<Runtime> {
  // It is CommonJS, and a namespace of such a module holds its exports only where Node could guess their names.
  const imported = (await import('@tensorflow/tfjs')) as Tf & { default?: Tf }
  return ready(imported.default ?? imported, 'cpu', {
    gpu: false,
    device: 'TensorFlow.js in plain JavaScript',
    notice: `TensorFlow computes in plain JavaScript, a hundred times more slowly than --engine cpu, because ${reason}; docs/engines.md says what it needs.`
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
      // Both backends are ready, so the change is made before the promise is returned.
      if (tf.getBackend() !== backend) void tf.setBackend(backend)
    }
  }
}

/** Tries the library in a process of its own: a broken one may crash, hang or end the process that loads it. */
export function probe(path: string, seconds = probeSeconds): Promise<ProbeReply> {
  return new Promise((done) => {
    const child = fork(probeFile(), [path], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let reply: ProbeReply | null = null
    let said = ''
    const timer = setTimeout(() => {
      reply = { error: `it did not answer within ${seconds} seconds` }
      child.kill('SIGKILL')
    }, seconds * 1000)
    child.stderr?.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-4000)))
    child.on('message', (message: ProbeReply) => (reply = message))
    child.once('error', (cause) => (reply = { error: cause.message }))
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      const last = said.trim().split('\n').at(-1)
      const how = signal ? `it crashed with ${signal}` : `it ended its process with exit code ${code}`
      done(reply ?? { error: last ? `${how}: ${last}` : how })
    })
  })
}

/** Beside this file among the sources, beside the shells in the build. */
function probeFile(): string {
  const here = fileURLToPath(import.meta.url)
  return here.endsWith('.ts')
    ? join(dirname(here), 'probe.ts')
    : join(projectRoot(), 'out', 'main', 'tensorflow-probe.js')
}
