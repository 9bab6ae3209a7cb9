import type { RunStore } from './run-store.ts'

/** Does a piece of work once in a run: a resumed run loads its result from the store, under `key`. */
export async function oncePerRun<Result extends object>(
  store: Pick<RunStore, 'loadCheckpoint' | 'saveCheckpoint'>,
  key: string,
  work: () => Promise<Result>
): Promise<Result> {
  const stored = store.loadCheckpoint<Result>(key)
  if (stored) return stored
  const result = await work()
  store.saveCheckpoint(key, result)
  return result
}
