import type { ServerResponse } from 'node:http'

/** Answers with a sentence for a person, as plain text. */
export function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
  response.end(sentence)
}
