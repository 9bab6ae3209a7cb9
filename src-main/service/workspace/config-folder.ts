import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { extname, join } from 'node:path'
import type { Result } from '../../../src-shared/contract.ts'
import { logger } from '../../log.ts'

const log = logger('workspace')

/** The folder of the user's settings and recent files. HALOLAW_CONFIG_DIR overrides it. */
export function configFolder(): string {
  const { HALOLAW_CONFIG_DIR, XDG_CONFIG_HOME, APPDATA } = process.env
  if (HALOLAW_CONFIG_DIR) return HALOLAW_CONFIG_DIR
  if (process.platform === 'win32') return join(APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Halolaw')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Halolaw')
  return join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'halolaw')
}

type Recent = Result<'files.recent'>
const mostRecent = 20

function recentFile(): string {
  return join(configFolder(), 'recent.json')
}

/** Recently opened files, newest first; empty if the list cannot be read. */
export function recentFiles(): Recent {
  try {
    const list: unknown = JSON.parse(readFileSync(recentFile(), 'utf8'))
    return Array.isArray(list) ? list.filter(isRecent) : []
  } catch {
    return []
  }
}

/** Puts a file at the head of the list. A failure to write the list does not prevent opening the file. */
export function rememberFile(path: string): void {
  const kind = extname(path) === '.halolaw' ? 'project' : 'catalog'
  const list = [
    { path, kind, openedAt: new Date().toISOString() },
    ...recentFiles().filter((entry) => entry.path !== path)
  ]
  try {
    mkdirSync(configFolder(), { recursive: true })
    const partial = `${recentFile()}.${process.pid}`
    writeFileSync(partial, JSON.stringify(list.slice(0, mostRecent), null, 2))
    renameSync(partial, recentFile())
  } catch (cause) {
    log.warn('The list of recent files is not saved.', cause)
  }
}

function isRecent(entry: unknown): entry is Recent[number] {
  if (typeof entry !== 'object' || entry === null) return false
  const { path, kind, openedAt } = entry as Record<string, unknown>
  return typeof path === 'string' && (kind === 'catalog' || kind === 'project') && typeof openedAt === 'string'
}
