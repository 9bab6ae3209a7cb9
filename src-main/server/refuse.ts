import type { ServerResponse } from 'node:http'
import { logger } from '../log.ts'

const log = logger('server')

/** Answers with a plain-text sentence for the user; sends nothing if an answer is already under way. */
export function refuse(response: ServerResponse, status: number, sentence: string): void {
  logRefusal(response, status, sentence)
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
  response.end(sentence)
}

/** Logs the path without its query, which holds the token. */
export function logRefusal({ req }: ServerResponse, status: number, sentence: string): void {
  const path = req.url?.split('?')[0]
  log[status === 403 ? 'warn' : 'debug'](`${req.method} ${path} is refused with ${status}: ${sentence}`)
}
