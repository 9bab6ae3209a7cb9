import type { Server } from 'node:http'
import { WebSocketServer, type WebSocket } from 'ws'
import type { ServiceState } from '../../src-shared/contract.ts'
import { answer, type Backend, type Wire } from '../backend.ts'
import { logger } from '../log.ts'
import { addressOf, type Gate } from './gate.ts'

const log = logger('server')
const maxRequestBytes = 16 * 2 ** 20
/** A window that reads slowly gets no events beyond this backlog; later events include what it missed. */
const eventBytes = 32 * 2 ** 20
/** A window that does not read at all is dropped: no answer is started while this much is unread. */
const maxWaitingBytes = 256 * 2 ** 20
/** Milliseconds for which a window may leave events unread */
const maxStalledMs = 30_000

export interface Sockets {
  /** Down: closes every socket and refuses new ones until the service is up again. */
  follow(service: ServiceState): void
  close(): void
}

/** A listener for an event, as the text that every socket sends */
type EventListener = (text: string) => void

/** Serves the contract to every socket that presents the token. */
export function acceptSockets(server: Server, gate: Gate, backend: Backend): Sockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxRequestBytes, perMessageDeflate: false })
  let state: ServiceState = 'up'
  // An event is written as JSON once, however many sockets it goes to.
  const listeners = new Set<EventListener>()
  const off = backend.on((event, data) => {
    if (listeners.size === 0) return
    const text = JSON.stringify({ event, data })
    for (const listener of listeners) listener(text)
  })
  server.on('upgrade', (request, stream, head) => {
    // Without this listener, a peer that resets the connection after a refusal would end the process.
    stream.on('error', () => stream.destroy())
    const url = addressOf(request)
    const isAllowed = url?.pathname === '/ws' && gate.isOurs(request) && gate.hasToken(url)
    if (!isAllowed || state === 'down') {
      if (!isAllowed) log.warn('A web socket without the token, or from another site, is refused.')
      const status = isAllowed ? '503 Service Unavailable' : '403 Forbidden'
      // Destroyed once it is sent: a peer that never closes its side would keep the server from closing.
      stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => stream.destroy())
      return
    }
    sockets.handleUpgrade(request, stream, head, (socket) => serve(socket, backend, listeners))
  })
  return {
    follow(service) {
      state = service
      if (state === 'down') for (const socket of sockets.clients) socket.close(1012, 'The service starts again.')
    },
    close() {
      off()
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
    }
  }
}

function serve(socket: WebSocket, backend: Backend, listeners: Set<EventListener>): void {
  const write = (data: string | Buffer): void => {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > maxWaitingBytes) drop(socket)
    else socket.send(data)
  }
  const wire: Wire = {
    send: (message) => write(JSON.stringify(message)),
    sendBytes(id, bytes) {
      const frame = Buffer.alloc(4 + bytes.length)
      frame.writeUInt32LE(id)
      frame.set(bytes, 4)
      write(frame)
    }
  }
  let stalledSince: number | null = null
  const onEvent: EventListener = (text) => {
    if (socket.bufferedAmount < eventBytes) {
      stalledSince = null
      write(text)
      return
    }
    stalledSince ??= Date.now()
    if (Date.now() - stalledSince > maxStalledMs) drop(socket)
  }
  listeners.add(onEvent)
  socket.on('message', (data, isBinary) => {
    if (isBinary) return
    let message: unknown
    try {
      message = JSON.parse(String(data))
    } catch {
      log.warn('A web socket is closed because its request is not JSON.')
      socket.close(1007, 'Requests are JSON.')
      return
    }
    void answer(backend, wire, message)
  })
  // ws reports oversized or malformed frames here, and closes the socket itself.
  socket.on('error', (cause) => log.warn('A web socket fails.', cause))
  socket.on('close', () => listeners.delete(onEvent))
}

function drop(socket: WebSocket): void {
  log.warn('A window that does not read its answers is disconnected.')
  socket.terminate()
}
