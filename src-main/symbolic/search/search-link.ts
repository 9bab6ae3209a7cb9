import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { HalolawError } from '../../../src-shared/errors.ts'
import type { HallMember } from './hall-of-fame.ts'
import type { ThreadState } from './search-checkpoint.ts'
import type { FromWorker, ToWorker } from './search-messages.ts'

/** A worker thread of a search; it answers one message at a time. */
export class SearchLink {
  private readonly worker = new Worker(workerUrl())

  async round(
    message: Extract<ToWorker, { kind: 'begin' | 'round' }>
  ): Promise<Extract<FromWorker, { kind: 'round' }>> {
    return this.ask(message, 'round')
  }

  async state(): Promise<ThreadState> {
    return (await this.ask({ kind: 'state' }, 'state')).state
  }

  /** @param brief without looking for simpler formulas once more */
  async finish(members: HallMember[], { brief }: { brief: boolean }): Promise<HallMember[]> {
    return (await this.ask({ kind: 'finish', members, brief }, 'finished')).front
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }

  private ask<Kind extends FromWorker['kind']>(
    message: ToWorker,
    kind: Kind
  ): Promise<Extract<FromWorker, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.worker.off('message', onMessage)
        this.worker.off('error', onError)
        this.worker.off('exit', onExit)
      }
      const onMessage = (answer: FromWorker): void => {
        settle()
        if (answer.kind === kind) resolve(answer as Extract<FromWorker, { kind: Kind }>)
        else
          reject(
            new HalolawError(
              'internal',
              answer.kind === 'failed'
                ? `A search thread failed (${answer.message}); start the search again.`
                : `A search thread answered ${answer.kind} where ${kind} was expected; start the search again.`
            )
          )
      }
      const onError = (error: unknown): void => {
        settle()
        reject(error instanceof Error ? error : new HalolawError('internal', String(error)))
      }
      const onExit = (): void => {
        settle()
        reject(
          new HalolawError(
            'internal',
            'A search thread ended before its answer; start the search again, with fewer threads if memory is short.'
          )
        )
      }
      this.worker.on('message', onMessage)
      this.worker.on('error', onError)
      this.worker.on('exit', onExit)
      this.worker.postMessage(message)
    })
  }
}

/** Next to this file as TypeScript; in the build, next to the bundle or one folder above its chunks. */
function workerUrl(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./search-worker.ts', import.meta.url)
  const beside = new URL('./search-worker.js', import.meta.url)
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../search-worker.js', import.meta.url)
}
