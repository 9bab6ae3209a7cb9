import type { ServerResponse } from 'node:http'

/** Answers with a sentence for a person, as plain text; nothing where an answer is already under way. */
export function refuse(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
  response.end(sentence)
}
