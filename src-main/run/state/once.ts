import type { RunCheckpoints, RunStore } from './run-store.ts'

/** Does a piece of work once in a run: a resumed run loads its result from the store, under `key`. */
export async function oncePerRun<Key extends keyof RunCheckpoints>(
  store: Pick<RunStore, 'loadCheckpoint' | 'saveCheckpoint'>,
  key: Key,
  work: () => Promise<RunCheckpoints[Key]>
): Promise<RunCheckpoints[Key]> {
  const stored = store.loadCheckpoint(key)
  if (stored) return stored
  const result = await work()
  store.saveCheckpoint(key, result)
  return result
}
