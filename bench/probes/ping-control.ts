// A server that does nothing but answer pings, to compare with: prints its port.
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
server.on('connection', (socket) =>
  socket.on('message', (data) => {
    const { id } = JSON.parse(String(data as Buffer)) as { id: number }
    socket.send(JSON.stringify({ id, result: { now: Date.now() } }))
  })
)
server.once('listening', () => console.log((server.address() as AddressInfo).port))
