import { connect, type Socket } from 'node:net'
import { Random } from '../../src-main/random.ts'

/** Outcome of many malformed requests to one server. */
export interface HostileOutcome {
  requests: number
  /** Requests after which the server no longer served its page */
  ends: number
  /** Complete requests whose connection was still open `hangMs` after their last byte */
  hangs: number
}

const hangMs = 10_000
const methods = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'get', '', 'G\0T', 'PRI']
const paths = [
  '//',
  '///',
  '//evil.example/',
  '*',
  '',
  'http://[',
  'http://evil.example/',
  '/%',
  '/%E0%A4%A',
  '/%00',
  '/..%2f..%2fetc/passwd',
  '/%69ndex.html',
  '/INDEX.html',
  '/?token=',
  '/?token=%FF',
  '/ws',
  '/ws?token=',
  '/upload',
  '/upload?name=%2e%2e',
  '/assets/',
  '/assets/..;/',
  '\\\\server\\share',
  '/ä'
]
const versions = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', '']
const upgrade = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
]

const pick = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]
const noise = (random: Random, most: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: random.integer(most) }, () => random.integer(256)))

interface Attack {
  bytes: Buffer
  /** A complete request: the server must answer it or close the connection. */
  isWhole: boolean
  /** How the client leaves: after the answer, by a reset at once, or with half a request on the way */
  leaves: 'politely' | 'reset'
  /** Sent once the socket is open */
  frames: Buffer | null
}

function attack(random: Random, host: string, token: string | null): Attack {
  const leaves = random.uniform() < 0.5 ? 'politely' : 'reset'
  const kind = random.uniform()
  if (kind < 0.15) return { bytes: noise(random, 400), isWhole: false, leaves: 'reset', frames: null }
  const path = pick(random, paths)
  const withToken = token !== null && random.uniform() < 0.7
  const target = withToken ? `${path}${path.includes('?') ? '&' : '?'}token=${token}` : path
  const headers = random.uniform() < 0.9 ? [`Host: ${random.uniform() < 0.8 ? host : 'evil.example'}`] : []
  if (random.uniform() < 0.2) headers.push(`X-Long: ${'x'.repeat(random.integer(30_000))}`)
  if (random.uniform() < 0.1) headers.push('Content-Length: -1')
  const isChunked = random.uniform() < 0.1
  if (isChunked) headers.push('Transfer-Encoding: chunked')
  if (random.uniform() < 0.1) headers.push('Origin: http://evil.example')
  if (random.uniform() < 0.1) headers.push(`: no name`)
  const isUpgrade = kind > 0.6
  if (isUpgrade) headers.push(...upgrade.filter(() => random.uniform() < 0.95))
  const text = [
    `${pick(random, methods)} ${target} ${pick(random, versions)}`,
    ...headers,
    '',
    isChunked ? '0\r\n\r\n' : ''
  ].join('\r\n')
  const bytes = Buffer.from(text, 'latin1')
  const isWhole = random.uniform() < 0.8
  return {
    bytes: isWhole ? bytes : bytes.subarray(0, random.integer(bytes.length)),
    isWhole,
    leaves,
    frames: isUpgrade && random.uniform() < 0.7 ? noise(random, 2000) : null
  }
}

/** Resolves when the connection is closed; true if this client had to close it after `hangMs`. */
function send({ bytes, isWhole, leaves, frames }: Attack, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let isHanging = false
    const socket: Socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes)
      if (leaves === 'reset') socket.resetAndDestroy()
      else if (!isWhole) socket.end()
    })
    // An accepted web socket stays open by design: it gets its frames, then leaves.
    socket.on('data', (data: Buffer) => {
      if (frames) socket.write(frames)
      if (String(data.subarray(0, 12)) === 'HTTP/1.1 101' || leaves === 'politely') socket.end()
    })
    const timer = setTimeout(() => {
      isHanging = isWhole
      socket.destroy()
    }, hangMs)
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(isHanging)
    })
  })
}

/**
 * Sends malformed requests and sockets, 20 at a time.
 * @param address of the server, with its token
 */
export async function hostileRequests(address: string, count: number, seed: number): Promise<HostileOutcome> {
  const random = new Random(seed)
  const { port, host, searchParams } = new URL(address)
  const token = searchParams.get('token')
  const outcome: HostileOutcome = { requests: 0, ends: 0, hangs: 0 }
  while (outcome.requests < count) {
    const batch = Array.from({ length: Math.min(20, count - outcome.requests) }, (_, k) =>
      attack(random, host, k % 2 === 0 ? token : null)
    )
    outcome.requests += batch.length
    const hanging = await Promise.all(batch.map((one) => send(one, Number(port))))
    outcome.hangs += hanging.filter(Boolean).length
    const page = await fetch(address).catch(() => null)
    if (page?.status !== 200) {
      outcome.ends++
      break
    }
    await page.arrayBuffer()
  }
  return outcome
}
