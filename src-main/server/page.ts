import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { contentSecurityPolicy, contentType } from '../page-files.ts'
import { refuse } from './refuse.ts'

/** True for the page itself, however its path is written: some file systems ignore case. */
export function isStartPage(folder: string, path: string): boolean {
  return path.toLowerCase() === join(folder, 'index.html').toLowerCase()
}

/** Sends a file of the built window. */
export async function serveFile(
  path: string,
  status: number,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const info = await stat(path).catch(() => null)
  if (!info?.isFile()) return refuse(response, status === 200 ? 404 : status, 'There is no such file.')
  response.writeHead(status, {
    'content-type': contentType(path),
    'content-length': info.size,
    'content-security-policy': contentSecurityPolicy,
    'cache-control': extname(path) === '.html' ? 'no-store' : 'max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    // The address of the page contains the token, so no other site may see it.
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin'
  })
  if (request.method === 'HEAD') return void response.end()
  await pipeline(createReadStream(path), response).catch(() => response.destroy())
}
