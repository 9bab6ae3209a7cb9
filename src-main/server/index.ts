import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ServiceState } from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import type { Backend } from '../backend.ts'
import { logger } from '../log.ts'
import { fileIn } from '../page-files.ts'
import { addressOf, Gate } from './gate.ts'
import { isStartPage, serveFile } from './page.ts'
import { logRefusal, refuse } from './refuse.ts'
import { acceptSockets } from './socket.ts'
import { Uploads } from './upload.ts'

/**
 * Serves the workbench over http and a web socket to a browser on this machine.
 *
 *   GET  /?token=T          the page; without the token a sentence, 403
 *   GET  /assets/...        the page's own files; they are not secret and need no token
 *   POST /upload?token=T&name=N   a file dropped on the window, as the body; answers {"path": ...}, or a text sentence
 *   GET  /ws?token=T        web socket
 *
 * On the socket, text frames are JSON: {id, method, params} in; {id, result} or {id, error: {code, message}} and
 * {event, data} out. A binary result arrives as a binary frame: the request's id as 4 bytes, little-endian, then the
 * bytes. Methods and events are those of src-shared/contract.ts.
 *
 * The server listens on 127.0.0.1. The token keeps other users and pages out. Host and Origin are checked too, because
 * a page elsewhere can make a browser send requests here (DNS rebinding, cross-site sockets). No request can end the
 * server: an error in a handler is sent as an answer or closes its connection.
 */
export interface ServerOptions {
  backend: Backend
  /** 0: any free port */
  port: number
  /** Folder of the built window */
  renderer: string
  /** Bytes; default 8 GiB */
  maxUpload?: number
}

/**
 * Milliseconds. A peer that sends half a request, or the preface of another protocol, cannot hold a connection open.
 */
const timeouts = { headersTimeout: 5000, connectionsCheckingInterval: 1000 }

export interface RunningServer {
  /** Includes the token */
  address: string
  /** While the service is down, sockets are closed and refused, so that every window shows it. */
  follow(service: ServiceState): void
  close(): Promise<void>
}

const log = logger('server')

/** @throws HalolawError `bad-input` if the port is not available */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const gate = new Gate(randomBytes(24).toString('base64url'))
  const uploads = new Uploads(options.maxUpload ?? 8 * 2 ** 30)
  const server = createServer(timeouts, (request, response) => {
    // A broken connection emits errors here; without a listener each of them would end the process.
    request.on('error', () => {})
    response.on('error', () => {})
    respond(request, response).catch((cause: unknown) => {
      log.error('A request could not be answered', cause)
      refuse(response, 500, 'The request could not be answered; load the page again.')
    })
  })
  server.on('clientError', (_cause, socket) => socket.destroy())
  const sockets = acceptSockets(server, gate, options.backend)

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = addressOf(request)
    if (!url) return refuse(response, 400, 'The path of the request is malformed.')
    if (!gate.isOurs(request))
      return refuse(response, 403, 'This address is not served to other sites; open the address that Halolaw printed.')
    if (request.method === 'POST' && url.pathname === '/upload') {
      if (!gate.hasToken(url)) return refuse(response, 403, 'The token is missing or wrong.')
      return uploads.take(request, response, url.searchParams.get('name') ?? '')
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'Only the page and its files are served.')
    // Compares files, not text, because an address can write one path in many ways.
    const path = fileIn(options.renderer, url.pathname === '/' ? '/index.html' : url.pathname)
    if (path === null) return refuse(response, 404, 'There is no such file.')
    if (isStartPage(options.renderer, path) && !gate.hasToken(url)) {
      logRefusal(response, 403, 'The token is missing or wrong.')
      return serveFile(join(options.renderer, 'refused.html'), 403, request, response)
    }
    return serveFile(path, 200, request, response)
  }

  await new Promise<void>((listening, failed) => {
    server.once('error', (cause) => failed(describeListen(cause, options.port)))
    server.listen(options.port, '127.0.0.1', () => listening())
  })
  const { port } = server.address() as AddressInfo
  gate.port = port
  log.info(`The server listens on 127.0.0.1:${port}.`)
  return {
    address: `http://127.0.0.1:${port}/?token=${gate.token}`,
    follow: (service) => sockets.follow(service),
    async close() {
      sockets.close()
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
      uploads.close()
    }
  }
}

function describeListen(cause: NodeJS.ErrnoException, port: number): Error {
  if (cause.code === 'EADDRINUSE')
    return badInput(`Port ${port} is in use by another program; choose another with --port, or omit the option.`)
  if (cause.code === 'EACCES')
    return badInput(`Port ${port} is reserved for the system; choose one above 1023 with --port.`)
  return cause
}
