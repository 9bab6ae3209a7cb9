import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { refuse } from './refuse.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm'
}

// Styles are set on elements by the plots and by KaTeX; nothing else may come from anywhere but here.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/** Sends a file of the built window. */
export async function servePage(
  folder: string,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const path = fileIn(folder, pathname === '/' ? '/index.html' : pathname)
  const info = path === null ? null : await stat(path).catch(() => null)
  if (path === null || !info?.isFile()) return refuse(response, 404, 'There is no such file.')
  response.writeHead(200, {
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'content-length': info.size,
    'content-security-policy': policy,
    'cache-control': extname(path) === '.html' ? 'no-store' : 'max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    // The token is in the page's address: it is told to nobody.
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin'
  })
  if (request.method === 'HEAD') return void response.end()
  await pipeline(createReadStream(path), response).catch(() => {})
}

/** The file that a path names inside the folder; null when it would lead out of it. */
function fileIn(folder: string, pathname: string): string | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return null
  }
  if (decoded.includes('\0')) return null
  const path = normalize(join(folder, decoded))
  return path.startsWith(normalize(folder) + sep) ? path : null
}
