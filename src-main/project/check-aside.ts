import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { badInput, HalolawError, type ErrorCode } from '../../src-shared/errors.ts'
import { projectRoot } from '../native.ts'
import { refuseUnlessFile } from './check.ts'
import { damaged } from './disk-errors.ts'

export interface CheckRequest {
  path: string
}

export type CheckReply = 'started' | { ok: true } | { ok: false; code: ErrorCode; message: string }

/** Read speed of a slow disk. */
const bytesPerSecond = 20e6

/**
 * Runs `checkProject` in a thread, so that a large or hostile file does not block this one.
 * @throws HalolawError as `checkProject` does, and `bad-input` for a file that takes too long: 5 s, plus 1 s per 20 MB
 */
export async function checkProjectAside(path: string): Promise<void> {
  const stats = await stat(path).catch(() => null)
  if (stats) refuseUnlessFile(path, stats)
  const seconds = 5 + Math.round((stats?.size ?? 0) / bytesPerSecond)
  const worker = new Worker(workerFile(), { workerData: { path } satisfies CheckRequest, stderr: true })
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((done, failed) => {
      worker.on('message', (reply: CheckReply) => {
        // A busy machine may take long to start a thread, which says nothing about the file.
        if (reply === 'started')
          timer = setTimeout(
            () =>
              failed(
                badInput(
                  `${path} was not read within ${seconds} s; it is damaged, or on a disk that does not answer; open a copy of it on another disk.`
                )
              ),
            seconds * 1000
          )
        else if (reply.ok) done()
        else failed(new HalolawError(reply.code, reply.message))
      })
      worker.once('error', (cause: Error) => failed(damaged(path, cause.message.split('\n')[0])))
      worker.once('exit', (code) => failed(damaged(path, `its check stopped without an answer, exit code ${code}`)))
    })
  } finally {
    clearTimeout(timer)
    // A thread inside SQLite ends only when SQLite returns, so its end is not awaited.
    void worker.terminate()
    worker.unref()
  }
}

/** Next to this file in the sources, next to the shells in the build. */
function workerFile(): string {
  const here = fileURLToPath(import.meta.url)
  return here.endsWith('.ts')
    ? join(dirname(here), 'check-worker.ts')
    : join(projectRoot(), 'out', 'main', 'project-worker.js')
}
