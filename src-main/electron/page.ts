import { readFile } from 'node:fs/promises'
import { contentSecurityPolicy, contentType, fileIn } from '../page-files.ts'

/** The window's scheme: it has a proper origin, unlike file:, and contains only the window's files. */
export const scheme = 'halolaw'
export const pageAddress = `${scheme}://window/index.html`

/** True for the window's pages; no other page may be opened or call the service. */
export function isWindowPage(address: string): boolean {
  return address.startsWith(`${scheme}://window/`)
}

/** True for the origin of the window's pages, with or without its slash at the end. */
export function isWindowOrigin(origin: string): boolean {
  return origin.replace(/\/$/, '') === `${scheme}://window`
}

/** Answers the window's requests with files from `folder` only. */
export async function servePageByScheme(folder: string, address: string): Promise<Response> {
  const path = fileIn(folder, new URL(address).pathname)
  const headers = { 'content-security-policy': contentSecurityPolicy, 'x-content-type-options': 'nosniff' }
  if (path === null) return new Response('Not found', { status: 404, headers })
  try {
    const body = await readFile(path)
    return new Response(body, {
      headers: { ...headers, 'content-type': contentType(path) }
    })
  } catch {
    return new Response('Not found', { status: 404, headers })
  }
}
