// `npm run bench:probes [-- NAME ...] [--count N]`: runs the probes of tests/integration/probes.test.ts at full size
// and against the built program; the test runs them at a small size. Prints one JSON object per probe and exits with 1
// if a probe finds a fault.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { projectRoot } from '../../src-main/native.ts'
import { createService } from '../../src-main/service/index.ts'
import { localBackend } from '../../src-main/service/local-backend.ts'
import { parameterNames } from '../../src-main/service/params.ts'
import { catalogSizes } from './catalog-sizes.ts'
import { damagedProjects } from './damaged-projects.ts'
import { killedCopies } from './killed-copies.ts'
import { killedService } from './killed-service.ts'
import { killedRuns } from './kills.ts'
import { mutatedCatalogs } from './mutated-catalogs.ts'
import { twoWriters } from './two-writers.ts'
import { contractCalls } from './contract-calls.ts'
import { hostileRequests } from './hostile-requests.ts'
import { writeLargeCatalog } from './large-catalog.ts'
import { loopDelays, runDelay } from './loop-delay.ts'
import { pingTimes } from './ping.ts'

const seed = 1
/** Processor time that one turn of the service's event loop may take */
const longestTurnMs = 10
/** Seconds and MB that the refusal of a catalog may take */
const longestRefusal = 2
const largestRefusal = 300
/** For 99 of 100 round trips while a run trains */
const slowestPingMs = 50
const folder = mkdtempSync(join(tmpdir(), 'halolaw-probes-'))
process.env.HALOLAW_CONFIG_DIR = join(folder, 'config')

interface Probe {
  id: string
  /** Requests, calls, ... at full size */
  count: number
  run(count: number): Promise<{ outcome: object; faults: number }>
}

const probes: Probe[] = [
  {
    id: 'http',
    count: 10_000,
    async run(count) {
      const { address, stop } = await serve()
      const outcome = await hostileRequests(address, count, seed)
      await stop()
      return { outcome, faults: outcome.ends + outcome.hangs }
    }
  },
  {
    id: 'contract',
    count: 10_000,
    async run(count) {
      const service = createService({ shell: 'browser', writableFolders: [folder] })
      const backend = localBackend(service)
      await backend.call('catalog.open', { path: join(projectRoot(), 'resources', 'fastpm-500-z0.h5') })
      const { mistakes, ...outcome } = await contractCalls(backend, parameterNames(), count, seed)
      await service.close()
      return { outcome: { ...outcome, mistakes: mistakes.slice(0, 5) }, faults: mistakes.length }
    }
  },
  {
    id: 'loop',
    count: 300_000,
    async run(count) {
      const service = createService({ shell: 'browser', writableFolders: [folder] })
      const catalog = join(folder, 'large.arrow')
      writeLargeCatalog(catalog, count)
      const delays = [...(await loopDelays(localBackend(service), catalog)), await runDelay(localBackend(service))]
      delays.sort((a, b) => b.cpu - a.cpu)
      await service.close()
      const slow = delays.filter(({ cpu }) => cpu > longestTurnMs)
      return { outcome: { halos: count, longest: delays.slice(0, 8) }, faults: slow.length }
    }
  },
  {
    id: 'sizes',
    count: 10_000_000,
    async run(count) {
      const readings = await catalogSizes(folder, count)
      const faults = readings.filter(
        ({ outcome, seconds, megabytes }) =>
          outcome === 'wrong' || (outcome === 'refused' && (seconds > longestRefusal || megabytes > largestRefusal))
      )
      return { outcome: { readings }, faults: faults.length }
    }
  },
  {
    id: 'ping',
    count: 20,
    async run(count) {
      const { address, stop } = await serve()
      const control = spawn(process.execPath, [join(import.meta.dirname, 'ping-control.ts')], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      const port = await new Promise<number>((ready) =>
        control.stdout.once('data', (line: Buffer) => ready(Number(String(line))))
      )
      const outcome = await pingTimes(address, { control: port, seconds: count, threads: 2 })
      control.kill()
      await stop()
      return { outcome, faults: outcome.training.halolaw.p99 > slowestPingMs ? 1 : 0 }
    }
  },
  {
    id: 'damaged-projects',
    count: 10_000,
    async run(count) {
      const { jams, crashes, mistakes, ...outcome } = await damagedProjects(stored(), count, seed)
      const faults = [...jams, ...crashes, ...mistakes]
      return { outcome: { ...outcome, faulty: faults.slice(0, 5) }, faults: faults.length }
    }
  },
  {
    id: 'mutated-catalogs',
    count: 100_000,
    async run(count) {
      const { crashes, hangs, large, traces, ...outcome } = await mutatedCatalogs(folder, count, seed)
      const faults = [...crashes, ...hangs, ...large, ...traces]
      return { outcome: { ...outcome, faulty: faults.slice(0, 5) }, faults: faults.length }
    }
  },
  {
    id: 'two-writers',
    count: 100,
    async run(count) {
      const { faults, ...outcome } = await twoWriters(folder, count, seed)
      return { outcome: { ...outcome, faulty: faults.slice(0, 5) }, faults: faults.length }
    }
  },
  {
    id: 'service-kills',
    count: 30,
    async run(count) {
      const { faults, ...outcome } = await killedService(serve, stored().catalog, count, seed)
      return { outcome: { ...outcome, faulty: faults.slice(0, 5) }, faults: faults.length }
    }
  },
  {
    id: 'kills',
    count: 200,
    async run(count) {
      // Two thirds in runs and their resumptions, one third in save-as
      const copyKills = Math.floor(count / 3)
      const copyFaults = await killedCopies(folder, copyKills, seed)
      const { faults, kills, runs } = await killedRuns(stored(), count - copyKills, seed, (kills) =>
        console.error(`${kills} kills`)
      )
      const all = [...copyFaults, ...faults]
      return { outcome: { kills: kills + copyKills, copyKills, runs, faulty: all.slice(0, 5) }, faults: all.length }
    }
  }
]

/** The finished project of the tests, and its catalog of 345 halos. */
function stored(): { project: string; catalog: string; folder: string } {
  const fixtures = join(projectRoot(), 'tests', 'fixtures', 'projects')
  const project = join(folder, 'finished.project')
  writeFileSync(project, gunzipSync(readFileSync(join(fixtures, 'finished.halolaw.gz'))))
  return { project, catalog: join(fixtures, 'corner.csv'), folder }
}

/** `halolaw serve`, as built. */
function serve(): Promise<{ address: string; pid: number; stop(): Promise<void> }> {
  const cli = join(projectRoot(), 'out', 'main', 'cli.js')
  const child = spawn(process.execPath, [cli, 'serve', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return new Promise((resolve) => {
    child.stdout.once('data', (line: Buffer) => {
      const { address } = JSON.parse(String(line)) as { address: string }
      resolve({
        address,
        pid: child.pid!,
        stop() {
          child.kill()
          return ended
        }
      })
    })
  })
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { count: { type: 'string' } } })
let faults = 0
for (const { id, count, run } of probes.filter(({ id }) => positionals.length === 0 || positionals.includes(id))) {
  const started = performance.now()
  const result = await run(values.count ? Number(values.count) : count)
  const seconds = Math.round((performance.now() - started) / 100) / 10
  console.log(JSON.stringify({ probe: id, ...result.outcome, faults: result.faults, seconds }))
  faults += result.faults
}
rmSync(folder, { recursive: true, force: true })
process.exit(faults === 0 ? 0 : 1)
