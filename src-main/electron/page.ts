import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

/** The window's own scheme: a proper origin, which file: addresses do not have, and nothing beside the window's files in it. */
export const scheme = 'halolaw'
export const pageAddress = `${scheme}://window/index.html`

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm'
}

/** True for the window's own pages: everything else may neither be navigated to nor speak with the service. */
export function isOwnPage(address: string): boolean {
  return address.startsWith(`${scheme}://window/`)
}

/** Answers the window's requests with files from `folder`, and with nothing from outside it. */
export async function servePage(folder: string, address: string): Promise<Response> {
  const path = normalize(join(folder, decodeURIComponent(new URL(address).pathname)))
  const headers = { 'content-security-policy': contentSecurityPolicy, 'x-content-type-options': 'nosniff' }
  if (!path.startsWith(normalize(folder) + sep)) return new Response('Not found', { status: 404, headers })
  try {
    const body = await readFile(path)
    return new Response(body, {
      headers: { ...headers, 'content-type': types[extname(path)] ?? 'application/octet-stream' }
    })
  } catch {
    return new Response('Not found', { status: 404, headers })
  }
}
