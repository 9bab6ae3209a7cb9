import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Who may come in. */
export class Gate {
  readonly token: string
  /** Known once the server listens */
  port = 0

  constructor(token: string) {
    this.token = token
  }

  /** A request to this very address, from its own page or from no page at all. */
  isOurs({ headers }: IncomingMessage): boolean {
    const hosts = [`127.0.0.1:${this.port}`, `localhost:${this.port}`]
    if (!headers.host || !hosts.includes(headers.host)) return false
    return headers.origin === undefined || hosts.some((host) => headers.origin === `http://${host}`)
  }

  hasToken(url: URL): boolean {
    const given = Buffer.from(url.searchParams.get('token') ?? '')
    const wanted = Buffer.from(this.token)
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  }
}
