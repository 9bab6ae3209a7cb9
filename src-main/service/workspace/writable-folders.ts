import { realpathSync } from 'node:fs'
import { basename, dirname, extname, relative, resolve, sep } from 'node:path'
import { HalolawError } from '../../../src-shared/errors.ts'

/**
 * The folders where calls from a browser may write projects. Anyone with the token can call the service, and could
 * otherwise write wherever the user may. The user names folders at the start, or adds one by opening a file there.
 */
export class WritableFolders {
  private readonly folders = new Set<string>()
  private readonly isLimited: boolean

  /** @param named at the start; null: every folder, because a native dialog asked the user (the desktop shell) */
  constructor(named: readonly string[] | null) {
    this.isLimited = named !== null
    for (const folder of named ?? []) this.add(folder)
  }

  /** Also allows a folder and its subfolders. */
  add(folder: string): void {
    this.folders.add(real(resolve(folder)))
  }

  /** @throws HalolawError `bad-input` for a project file outside the folders, or with another extension */
  check(path: string): void {
    if (!this.isLimited) return
    if (extname(path) !== '.halolaw')
      throw new HalolawError('bad-input', `A project's name ends in .halolaw; save it as ${basename(path)}.halolaw.`)
    const folder = real(dirname(path))
    if ([...this.folders].some((allowed) => isInside(folder, allowed))) return
    throw new HalolawError(
      'bad-input',
      `Halolaw writes only to folders that were named when it started or from which a file was opened (${[...this.folders].join(', ')}); save there, or start it with --writable ${folder}.`
    )
  }
}

function isInside(folder: string, allowed: string): boolean {
  const way = relative(allowed, folder)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(allowed, way) === folder)
}

/** Resolves links in the part of the path that exists. */
function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : resolve(real(parent), basename(path))
  }
}
