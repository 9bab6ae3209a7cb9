import type { RunConfig } from '../../src-shared/contract.ts'
import { Peer } from './peer.ts'

/** Round trips of `app.ping`, ms */
export interface PingTimes {
  pings: number
  p50: number
  p99: number
  max: number
}

const clients = 50
const everyMs = 100

/** Round trips to Halolaw, and at the same time to a server that only answers pings: what the machine itself takes. */
export interface Pings {
  halolaw: PingTimes
  control: PingTimes
}

/**
 * Pings a served Halolaw from 50 web sockets, ten times a second each: first while it is idle, then while a run trains
 * with two threads. A control is pinged as often beside it.
 * @param address that `halolaw serve` printed, with its token
 * @param control port of ping-control.ts
 * @param threads of the run
 */
export async function pingTimes(
  address: string,
  { control, seconds, threads }: { control: number; seconds: number; threads: number }
): Promise<{ idle: Pings; training: Pings; steps: string[] }> {
  const url = new URL(address)
  const token = url.searchParams.get('token')
  const open = (peer: string): Promise<Peer[]> => Promise.all(Array.from({ length: clients }, () => Peer.open(peer)))
  const sockets = await open(`ws://${url.host}/ws?token=${token ?? ''}`)
  const controls = await open(`ws://127.0.0.1:${control}`)
  const both = async (): Promise<Pings> => {
    const [halolaw, beside] = await Promise.all([during(sockets, seconds), during(controls, seconds)])
    return { halolaw, control: beside }
  }
  const [first] = sockets
  const info = (await first.call('app.info', {})) as { sampleCatalog: string }
  await first.call('catalog.open', { path: info.sampleCatalog })
  const idle = await both()
  const defaults = (await first.call('run.defaults', {})) as RunConfig
  const config = { ...defaults, catalog: info.sampleCatalog, preset: 'quick', engine: 'cpu', threads }
  const { id } = (await first.call('run.start', { config })) as { id: string }
  const stepOf = async (): Promise<string | null> =>
    ((await first.call('run.get', { id })) as { step: string | null }).step
  for (let step = await stepOf(); step !== 'network'; step = await stepOf()) await sleep(500)
  const training = await both()
  const last = (await stepOf()) ?? 'none'
  // A run that is over before the pings are measured less, and has nothing to cancel.
  await first.call('run.cancel', { id }).catch(() => {})
  for (const socket of [...sockets, ...controls]) socket.close()
  return { idle, training, steps: ['network', last] }
}

async function during(sockets: readonly Peer[], seconds: number): Promise<PingTimes> {
  const times: number[] = []
  const end = performance.now() + 1000 * seconds
  const work = sockets.map(async (socket, k) => {
    await sleep((everyMs * k) / clients)
    while (performance.now() < end) {
      const before = performance.now()
      await socket.call('app.ping', {})
      times.push(performance.now() - before)
      await sleep(everyMs)
    }
  })
  await Promise.all(work)
  times.sort((a, b) => a - b)
  const at = (share: number): number => Math.round(10 * times[Math.floor(share * (times.length - 1))]) / 10
  return { pings: times.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
