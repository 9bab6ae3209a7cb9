import h5wasm from 'h5wasm/node'
import type { File } from 'h5wasm/node'
import { badInput, HalolawError } from '../../../../src-shared/errors.ts'

/**
 * Opens an HDF5 file in place on disk; nothing is copied into memory until it is read.
 * @throws HalolawError `bad-input` when the HDF5 library rejects it.
 */
export async function openFile(path: string): Promise<File> {
  const library = await h5wasm.ready
  library.activate_throwing_error_handler()
  return guarded(path, 'opened', () => new h5wasm.File(path, 'r'))
}

/** HDF5's class of records. */
const CLASS_COMPOUND = 6

/** Attributes of the groups and datasets with these paths. The first value of a name wins; long arrays are skipped. */
export function readAttributes(file: File, groups: readonly string[]): Record<string, string | number> {
  const metadata: Record<string, string | number> = {}
  for (const path of groups) {
    const object = path === '/' ? file : file.get(path)
    if (!(object instanceof h5wasm.Group) && !(object instanceof h5wasm.Dataset)) continue
    const isColumn = object instanceof h5wasm.Dataset && object.metadata.type !== CLASS_COMPOUND
    for (const [name, attribute] of Object.entries(object.attrs)) {
      // A column's units, factors and description belong to that column only.
      if (isColumn && /unit|cgs|scal|descr|dimension/i.test(name)) continue
      if (name in metadata || (attribute.shape ?? []).reduce((a, b) => a * b, 1) > 64) continue
      const value = plainValue(attribute.value)
      if (value !== null) metadata[name] = value
    }
  }
  return metadata
}

function plainValue(value: unknown): string | number | null {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return value.length > 2000 ? `${value.slice(0, 2000)}...` : value
  if (value === null || typeof value !== 'object' || !(Symbol.iterator in value)) return null
  const items = [...(value as Iterable<unknown>)].map(plainValue).filter((item) => item !== null)
  // The box of a cube is often written as three equal sides.
  if (items.length > 0 && items.every((item) => item === items[0])) return items[0]
  return items.length === 0 ? null : items.join(' ')
}

/** The HDF5 library throws pages of text; the user gets one sentence. */
export function guarded<T>(path: string, doing: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof HalolawError) throw cause
    throw badInput(
      `${path} cannot be ${doing}: it is a damaged or truncated HDF5 file (${lastReason(cause)}); copy or write it again.`
    )
  }
}

function lastReason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  const minor = [...text.matchAll(/minor: (.*)/g)].at(-1)
  const line = [...text.matchAll(/\(\): (.*)/g)].at(-1)
  return (line?.[1] ?? minor?.[1] ?? text.split('\n')[0]).split(': time =')[0].trim().slice(0, 160)
}
