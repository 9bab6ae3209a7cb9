import type { Route } from 'playwright'

type Handler = (request: { url: string }) => Promise<Response>

const handlers = new Map<string, Handler>()

/** Chromium knows no scheme of ours: pages of `scheme://host/` live at `https://host.scheme.test/` instead. */
export function toPage(address: string): string {
  return address.replace(/^(\w+):\/\/([^/]+)\//, 'https://$2.$1.test/')
}

export function fromPage(address: string): string {
  return address.replace(/^https:\/\/(\w+)\.(\w+)\.test\//, '$2://$1/')
}

export const protocol = {
  registerSchemesAsPrivileged(_schemes: object[]): void {
    // A page at https: has these privileges already.
  },

  handle(scheme: string, handler: Handler): void {
    handlers.set(scheme, handler)
  },

  /** Answers a page's request by the handler of its scheme; everything else does not leave the machine. */
  async route(route: Route): Promise<void> {
    const url = fromPage(route.request().url())
    const handler = handlers.get(url.split(':')[0]!)
    if (!handler) return route.abort()
    const response = await handler({ url })
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer())
    })
  }
}
