import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { contentSecurityPolicy, contentType, fileIn } from '../page-files.ts'
import { refuse } from './refuse.ts'

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
    'content-type': contentType(path),
    'content-length': info.size,
    'content-security-policy': contentSecurityPolicy,
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
