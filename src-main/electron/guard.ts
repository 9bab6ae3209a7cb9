import { shell } from 'electron'
import type { Session, WebContents } from 'electron'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { logger } from '../log.ts'
import { isWindowOrigin, isWindowPage } from './page.ts'

const log = logger('desktop')

/** What the window asks the system for: the copy buttons write text. */
const granted = new Set(['clipboard-sanitized-write'])

/** Refuses everything that the window does not need: cameras, places, notifications, devices, the clipboard's content. */
export function restrictPermissions(session: Session): void {
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => granted.has(permission) && isWindowOrigin(origin)
  )
  session.setPermissionRequestHandler((contents, permission, answer) => {
    const isGranted = granted.has(permission) && isWindowPage(contents.getURL())
    if (!isGranted) log.info(`The window is refused the permission ${permission}.`)
    answer(isGranted)
  })
  session.setDevicePermissionHandler(() => false)
}

/** Keeps the window on its pages and alone: no other address, no second window, no embedded page. */
export function restrictNavigation(contents: WebContents): void {
  const stay = (event: { preventDefault(): void; url?: string }, address = '') => {
    if (!isWindowPage(event.url ?? address)) event.preventDefault()
  }
  contents.on('will-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
}

/** Opens an address in the system's program for it: only https, and the documents of this program. */
export async function openOutside(address: string, root: string): Promise<void> {
  if (!isOutsideAddress(address, root))
    return log.warn('An address that is neither https nor a document is not opened.')
  await shell.openExternal(address)
}

export function isOutsideAddress(address: string, root: string): boolean {
  const url = parsed(address)
  if (url?.protocol === 'https:') return true
  if (url?.protocol !== 'file:' || url.host !== '' || /%2f|%5c/i.test(url.pathname)) return false
  const path = fileURLToPath(url)
  return path.endsWith('.md') && (path === join(root, 'README.md') || path.startsWith(join(root, 'docs', '/')))
}

function parsed(address: string): URL | null {
  try {
    return new URL(address)
  } catch {
    return null
  }
}
