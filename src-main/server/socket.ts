import type { Server } from 'node:http'
import { WebSocketServer, type WebSocket } from 'ws'
import { answer } from '../service/answer.ts'
import type { Service } from '../service/index.ts'
import type { Gate } from './gate.ts'

const maxRequestBytes = 16 * 2 ** 20
/** A window that does not read gets no more events until it does; what it missed is in the next ones. */
const maxWaitingBytes = 32 * 2 ** 20

/** Serves the contract to every socket that comes with the token. */
export function acceptSockets(server: Server, gate: Gate, service: Service): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxRequestBytes, perMessageDeflate: false })
  server.on('upgrade', (request, stream, head) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (url.pathname !== '/ws' || !gate.isOurs(request) || !gate.hasToken(url)) {
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, stream, head, (socket) => serve(socket, service))
  })
  return {
    close() {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
    }
  }
}

function serve(socket: WebSocket, service: Service): void {
  const wire = {
    send: (message: unknown) => socket.send(JSON.stringify(message)),
    sendBytes(id: number, bytes: Uint8Array) {
      const frame = Buffer.alloc(4 + bytes.length)
      frame.writeUInt32LE(id)
      frame.set(bytes, 4)
      socket.send(frame)
    }
  }
  const off = service.on((event, data) => {
    if (socket.readyState === socket.OPEN && socket.bufferedAmount < maxWaitingBytes) wire.send({ event, data })
  })
  socket.on('message', (data, isBinary) => {
    if (isBinary) return
    let message: unknown
    try {
      message = JSON.parse(String(data))
    } catch {
      socket.close(1007, 'Requests are JSON.')
      return
    }
    void answer(service, wire, message)
  })
  // ws tells here of frames too large or malformed, and closes the socket itself.
  socket.on('error', () => {})
  socket.on('close', off)
}
