import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, extname, join, resolve } from 'node:path'
import type { FileEntry, Result } from '../../../src-shared/contract.ts'
import { describeAccess } from '../../catalog/table/access.ts'

const catalogExtensions = new Set(
  '.h5 .hdf5 .parquet .feather .arrow .ipc .csv .tsv .txt .list .ascii .ahf_halos .gz .fits .asdf .ecsv .vot .bin'.split(
    ' '
  )
)

/**
 * Resolves a path as the user writes it: `~` is the home folder, and a relative path starts at the service's folder.
 */
export function fullPath(path: string): string {
  return resolve(path === '~' || path.startsWith('~/') ? homedir() + path.slice(1) : path)
}

/**
 * Lists a folder for the window's open dialog: folders first, then by name, without hidden files.
 * @param path null: the home folder
 * @throws HalolawError `bad-input` when the folder is missing or not readable
 */
export async function listFolder(path: string | null): Promise<Result<'files.list'>> {
  const folder = path === null ? homedir() : fullPath(path)
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (cause) {
    throw describeAccess(folder, cause)
  }
  const visible = names.filter((name) => !name.startsWith('.'))
  const entries = (await Promise.all(visible.map((name) => describe(folder, name)))).filter((entry) => entry !== null)
  entries.sort(
    (a, b) =>
      Number(b.kind === 'folder') - Number(a.kind === 'folder') ||
      a.name.localeCompare(b.name, undefined, { numeric: true })
  )
  return { path: folder, parent: dirname(folder) === folder ? null : dirname(folder), entries }
}

async function describe(folder: string, name: string): Promise<FileEntry | null> {
  const path = join(folder, name)
  try {
    const info = await stat(path)
    const kind = info.isDirectory() ? 'folder' : info.isFile() ? kindOf(name) : 'other'
    return { name, path, kind, size: info.size, modified: info.mtime.toISOString() }
  } catch {
    // A broken link, or a file that was removed in the meantime.
    return null
  }
}

function kindOf(name: string): FileEntry['kind'] {
  const extension = extname(name).toLowerCase()
  return extension === '.halolaw' ? 'project' : catalogExtensions.has(extension) ? 'catalog' : 'other'
}
