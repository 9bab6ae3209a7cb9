type Handler = (event: { senderFrame: { url: string } }, ...args: unknown[]) => unknown

const handlers = new Map<string, Handler>()

export const ipcMain = {
  handle(channel: string, handler: Handler): void {
    handlers.set(channel, handler)
  },

  /** Answers the page at `address`; an error crosses as its message only, as in Electron. */
  async invoke(address: string, channel: string, args: unknown[]): Promise<{ value?: unknown; error?: string }> {
    const handler = handlers.get(channel)
    if (!handler) return { error: `No handler registered for '${channel}'` }
    try {
      return { value: await handler({ senderFrame: { url: address } }, ...args) }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }
}
