import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { boxText, isPossible } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import { badInput, HalolawError } from '../../src-shared/errors.ts'
import type { ErrorCode } from '../../src-shared/errors.ts'
import { projectRoot } from '../native.ts'
import { throwIfCancelled } from '../work.ts'
import type { Progress, WorkOptions } from '../work.ts'
import type { Catalog } from './catalog.ts'

export interface LoadOptions extends Pick<WorkOptions, 'signal' | 'onProgress'> {
  /** Column overrides, e.g. { mass: 'M200c:1e10Msun/h', x: 'posx:kpc/h' }; h and redshift may be given as numbers. */
  map?: Record<string, string>
  /** Mpc/h; null or absent: the file's value. */
  boxSize?: BoxSize | null
  /** Default: periodic if the box is known. */
  periodic?: boolean
  /** With `content`, the catalog gets the SHA-256 of its content, computed while it is read. */
  hash?: 'none' | 'content'
  /** Bytes that the catalog may take in memory; default: HALOLAW_MEMORY_LIMIT, or half of the machine's memory */
  memoryLimit?: number
  /** `shared`: other threads can use the columns without a copy. Default: own */
  memory?: 'own' | 'shared'
}

/** The worker's start data. */
export interface LoadRequest {
  path: string
  map: Record<string, string>
  boxSize: BoxSize | null
  periodic: boolean | undefined
  memoryLimit: number | undefined
  memory: 'own' | 'shared'
  hash: 'none' | 'content'
}

/** A message from the worker. */
export type LoadReply = { progress: Progress } | { catalog: Catalog } | { error: { code: ErrorCode; message: string } }

/**
 * Reads a halo catalog of any known format and converts it to Mpc/h, km/s and Msun/h. A worker thread reads the
 * catalog: the caller's event loop stays free, memory that a reader leaks is freed with the thread, and a file that
 * crashes a reader does not crash the caller.
 * @throws HalolawError `bad-input` in one sentence: what is wrong with which file and how to fix it; `cancelled`.
 */
export async function loadCatalog(path: string, options: LoadOptions = {}): Promise<Catalog> {
  const boxSize = options.boxSize ?? null
  if (boxSize !== null && !isPossible(boxSize))
    throw badInput(
      `A box size of ${boxText(boxSize)} Mpc/h is not possible; give a positive number, or three for a cuboid.`
    )
  throwIfCancelled(options.signal)
  const request: LoadRequest = {
    path,
    map: { ...options.map },
    boxSize,
    periodic: options.periodic,
    memoryLimit: options.memoryLimit,
    memory: options.memory ?? 'own',
    hash: options.hash ?? 'none'
  }
  const worker = new Worker(workerFile(), { workerData: request, stderr: true })
  try {
    return await outcome(worker, path, options)
  } finally {
    await worker.terminate()
  }
}

function outcome(worker: Worker, path: string, { signal, onProgress }: LoadOptions): Promise<Catalog> {
  return new Promise((done, failed) => {
    const cancel = (): void => failed(new HalolawError('cancelled', 'Cancelled; what was finished is kept.'))
    signal?.addEventListener('abort', cancel, { once: true })
    worker.on('message', (reply: LoadReply) => {
      if ('progress' in reply) onProgress?.(reply.progress)
      else {
        signal?.removeEventListener('abort', cancel)
        if ('catalog' in reply) done(reply.catalog)
        else failed(new HalolawError(reply.error.code, reply.error.message))
      }
    })
    worker.on('error', (cause: Error) =>
      failed(
        badInput(
          `${path} cannot be read (${cause.message.split('\n')[0]}); it is damaged, or too large for this machine; copy it again, or cut the catalog, e.g. by mass.`
        )
      )
    )
    worker.on('exit', (code) =>
      failed(
        new HalolawError('internal', `The reader of ${path} stopped without an answer (exit code ${code}); try again.`)
      )
    )
  })
}

/** Next to this file in the sources, next to the shells in the build. */
function workerFile(): string {
  const here = fileURLToPath(import.meta.url)
  return here.endsWith('.ts')
    ? join(dirname(here), 'load-worker.ts')
    : join(projectRoot(), 'out', 'main', 'catalog-worker.js')
}
