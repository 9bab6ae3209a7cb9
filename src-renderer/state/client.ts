import type { DesktopBridge } from '../../src-shared/bridge.ts'
import type {
  Client,
  EventName,
  Events,
  Method,
  Params,
  Result,
  ServiceState,
  Shell
} from '../../src-shared/contract.ts'
import { HalolawError } from '../../src-shared/errors.ts'
import type { ErrorCode } from '../../src-shared/errors.ts'

declare global {
  interface Window {
    halolaw?: DesktopBridge
  }
}

/** The two partners of a window: the service that computes and the shell that it lives in. */
export interface Link {
  client: Client
  shell: Shell
}

/** The service behind the window: through the preload in the desktop app, else by a web socket to the page's origin. */
export function connect(): Link {
  if (window.halolaw) return { client: bridgeClient(window.halolaw), shell: window.halolaw.shell }
  const token = takeToken()
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const client = new SocketClient(`${scheme}://${location.host}/ws?token=${encodeURIComponent(token)}`)
  return { client, shell: browserShell(token) }
}

const tokenKey = 'halolaw-token'

/**
 * The token moves from the address bar, where a screenshot or the history would show it, to the storage of this tab,
 * where it survives a reload (public/return.js).
 */
function takeToken(): string {
  const token = new URLSearchParams(location.search).get('token')
  if (token === null) return sessionStorage.getItem(tokenKey) ?? ''
  sessionStorage.setItem(tokenKey, token)
  history.replaceState(null, '', location.pathname)
  return token
}

/** A sentence about an error, whatever was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'cancelled'
}

/** Errors cross Electron's bridge as data; this client turns them into errors again. */
function bridgeClient(bridge: DesktopBridge): Client {
  return {
    async call<M extends Method>(method: M, params: Params<M>) {
      // Plain data, because Svelte's state proxies cannot cross processes.
      const answer = await bridge.request(method, JSON.parse(JSON.stringify(params)) as Params<M>)
      if ('error' in answer) throw new HalolawError(answer.error.code, answer.error.message)
      // The service answers each method with the result the contract gives it.
      return answer.result as Result<M>
    },
    on: bridge.on,
    onConnection: bridge.onConnection
  }
}

function browserShell(token: string): Shell {
  return {
    kind: 'browser',
    async pathOf(file: File) {
      const query = new URLSearchParams({ token, name: file.name })
      const response = await fetch(`/upload?${query}`, { method: 'POST', body: file })
      if (!response.ok) {
        const reason = (await response.text()).slice(0, 300)
        throw new HalolawError(
          'disk',
          reason ||
            `${file.name} could not be sent to the service (HTTP ${response.status}); try again or open it by its path.`
        )
      }
      const answer: unknown = await response.json()
      if (typeof answer === 'object' && answer && 'path' in answer && typeof answer.path === 'string')
        return answer.path
      throw new HalolawError(
        'internal',
        `The service received ${file.name} but reported no path; open the file by its path instead.`
      )
    }
  }
}

interface Answer {
  id: number
  result?: unknown
  error?: { code: ErrorCode; message: string }
}

interface Push {
  event: EventName
  data: Events[EventName]
}

interface Waiting {
  resolve(result: unknown): void
  reject(reason: HalolawError): void
}

type Listener = (data: never) => void

const lostMessage = 'The connection to the service was lost; repeat the action when the window has reconnected.'

/** Requests over one web socket, which reconnects automatically; calls made while it is down wait for it. */
class SocketClient implements Client {
  private readonly waiting = new Map<number, Waiting>()
  private readonly unsent: string[] = []
  private readonly listeners = new Map<EventName, Set<Listener>>()
  private readonly connectionListeners = new Set<(state: ServiceState) => void>()
  private readonly url: string
  private socket: WebSocket
  private state: ServiceState = 'down'
  private attempts = 0
  private nextId = 1

  constructor(url: string) {
    this.url = url
    this.socket = this.open()
  }

  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const id = this.nextId++
    const frame = JSON.stringify({ id, method, params })
    return new Promise<Result<M>>((resolve, reject) => {
      // The service answers each method with the result the contract gives it.
      this.waiting.set(id, { resolve: (result) => resolve(result as Result<M>), reject })
      if (this.state === 'up') this.socket.send(frame)
      else this.unsent.push(frame)
    })
  }

  on<E extends EventName>(event: E, listener: (data: Events[E]) => void): () => void {
    const listeners = this.listeners.get(event) ?? new Set()
    this.listeners.set(event, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  onConnection(listener: (state: ServiceState) => void): () => void {
    this.connectionListeners.add(listener)
    listener(this.state)
    return () => this.connectionListeners.delete(listener)
  }

  private open(): WebSocket {
    const socket = new WebSocket(this.url)
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      this.attempts = 0
      this.changeTo('up')
      for (const frame of this.unsent.splice(0)) socket.send(frame)
    }
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') this.receive(JSON.parse(data) as Answer | Push)
      else this.receiveBytes(data)
    }
    socket.onclose = () => this.lost()
    return socket
  }

  private lost(): void {
    const wasUp = this.state === 'up'
    this.changeTo('down')
    if (wasUp) {
      for (const { reject } of this.waiting.values()) reject(new HalolawError('internal', lostMessage))
      this.waiting.clear()
      this.unsent.length = 0
    }
    setTimeout(() => (this.socket = this.open()), Math.min(4000, 250 * 2 ** this.attempts++))
  }

  private changeTo(state: ServiceState): void {
    if (state === this.state) return
    this.state = state
    for (const listener of this.connectionListeners) listener(state)
  }

  private receive(message: Answer | Push): void {
    if ('event' in message) {
      const listeners = this.listeners.get(message.event) as Set<(data: Events[EventName]) => void> | undefined
      for (const listener of listeners ?? []) listener(message.data)
      return
    }
    const waiting = this.take(message.id)
    if (message.error) waiting?.reject(new HalolawError(message.error.code, message.error.message))
    else waiting?.resolve(message.result)
  }

  /** A binary frame: the request's id as 4 bytes, little-endian, then the requested bytes. */
  private receiveBytes(frame: ArrayBuffer): void {
    const id = new DataView(frame).getUint32(0, true)
    this.take(id)?.resolve(new Uint8Array(frame.slice(4)))
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    return waiting
  }
}
