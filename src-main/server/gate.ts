import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Decides which requests are allowed. */
export class Gate {
  readonly token: string
  /** Set once the server listens */
  port = 0

  constructor(token: string) {
    this.token = token
  }

  /** True for a request to this exact address, sent from its own page or from no page. */
  isOurs({ headers }: IncomingMessage): boolean {
    const hosts = [`127.0.0.1:${this.port}`, `localhost:${this.port}`]
    if (!headers.host || !hosts.includes(headers.host)) return false
    return headers.origin === undefined || hosts.some((host) => headers.origin === `http://${host}`)
  }

  hasToken(url: URL): boolean {
    const presented = Buffer.from(url.searchParams.get('token') ?? '')
    const token = Buffer.from(this.token)
    return presented.length === token.length && timingSafeEqual(presented, token)
  }
}

/** The address of a request; null for one that is not a path on this server, like `//`, `*` or `http://elsewhere/`. */
export function addressOf({ url }: IncomingMessage): URL | null {
  if (!url?.startsWith('/') || url.startsWith('//')) return null
  return URL.parse(url, 'http://127.0.0.1')
}
