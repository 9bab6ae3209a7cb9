import { readFile } from 'node:fs/promises'
import { contentSecurityPolicy, contentType, fileIn } from '../page-files.ts'

/** The window's own scheme: a proper origin, which file: addresses do not have, and nothing beside the window's files in it. */
export const scheme = 'halolaw'
export const pageAddress = `${scheme}://window/index.html`

/** True for the window's own pages: everything else may neither be navigated to nor speak with the service. */
export function isOwnPage(address: string): boolean {
  return address.startsWith(`${scheme}://window/`)
}

/** Answers the window's requests with files from `folder`, and with nothing from outside it. */
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
