import WebSocket from 'ws'

/** A client of a served Halolaw: calls over one web socket. */
export class Peer {
  private readonly socket: WebSocket
  private readonly waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>()
  private nextId = 1

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('close', () => {
      for (const answer of this.waiting.values()) answer({ error: { message: 'the socket is closed' } })
      this.waiting.clear()
    })
    socket.on('message', (data, isBinary) => {
      if (isBinary) return
      const answer = JSON.parse(String(data as Buffer)) as {
        id?: number
        result?: unknown
        error?: { message: string }
      }
      if (answer.id === undefined) return
      this.waiting.get(answer.id)?.(answer)
      this.waiting.delete(answer.id)
    })
  }

  static open(url: string): Promise<Peer> {
    const socket = new WebSocket(url)
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(new Peer(socket)))
      socket.once('error', reject)
    })
  }

  async call(method: string, params: object): Promise<unknown> {
    const id = this.nextId++
    const answer = await new Promise<{ result?: unknown; error?: { message: string } }>((resolve) => {
      this.waiting.set(id, resolve)
      this.socket.send(JSON.stringify({ id, method, params }))
    })
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }

  close(): void {
    this.socket.terminate()
  }
}
