// Measures how long each call of the contract blocks the service's event loop.
import type { Client, Method, Params, RunConfig, RunSummary } from '../../src-shared/contract.ts'
import type { Backend } from '../../src-main/backend.ts'

/** The longest turn of the event loop while a call was answered, ms */
export interface LoopDelay {
  call: string
  /** Processor time of the thread, which excludes the load of other programs on the machine. */
  cpu: number
  wall: number
}

/**
 * Measures this thread's event loop during each call that a window makes to open and show a catalog.
 * @param catalog with a column Delta20
 * @returns the longest turns of the calls, longest first
 */
export async function loopDelays(backend: Backend, catalog: string): Promise<LoopDelay[]> {
  const delays: LoopDelay[] = []
  const call = async <M extends Method>(
    method: M,
    params: Params<M>,
    title: string = method
  ): Promise<Awaited<ReturnType<Client['call']>>> => {
    const watch = new LoopWatch()
    const answer = await backend.call(method, params)
    delays.push({ call: title, ...watch.stop() })
    if ('error' in answer) throw new Error(`${title}: ${answer.error.message}`)
    return answer.result as Awaited<ReturnType<Client['call']>>
  }
  const target = 'Delta20'
  await call('project.new', {})
  const summary = (await call('catalog.open', { path: catalog })) as { columns: { name: string }[] }
  const names = summary.columns.map(({ name }) => name)
  await call('project.current', {})
  await call('run.defaults', {})
  await call('catalog.columns', { columns: ['x', 'y', 'z'] }, 'catalog.columns of 3')
  await call('catalog.columns', { columns: names }, `catalog.columns of ${names.length}`)
  await call('catalog.row', { halo: 17 })
  await call('graph.neighbours', { halo: 17, radius: 30 }, 'graph.neighbours, first')
  await call('graph.neighbours', { halo: 18, radius: 30 }, 'graph.neighbours, again')
  await call('graph.statistics', { radius: 20 })
  const settings = { target, ood: 'delta > 2', test: null, seed: 1 }
  await call('split.preview', settings)
  await call('split.sets', settings)
  await call('mask.evaluate', { expression: 'x > 100 and y < 400 and log10(mass) > 12.5', target })
  await call('mask.save', { name: 'a', role: 'ood', expression: 'x > 100' })
  await call('run.list', {})
  await call('files.recent', {})
  await call('app.info', {})
  await call('app.status', {})
  return delays.sort((a, b) => b.cpu - a.cpu)
}

/**
 * Measures this thread's event loop during a whole quick run that a window shows: its records are saved, its events
 * sent, and its detail read twice a second.
 */
export async function runDelay(backend: Backend): Promise<LoopDelay> {
  const call = async (method: Method, params: object): Promise<unknown> => {
    const answer = await backend.call(method, params)
    if ('error' in answer) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }
  await call('project.new', {})
  const { sampleCatalog: catalog } = (await call('app.info', {})) as { sampleCatalog: string }
  await call('catalog.open', { path: catalog })
  const defaults = (await call('run.defaults', {})) as RunConfig
  const ended = new Promise<RunSummary>((done) => {
    const off = backend.on((event, data) => {
      JSON.stringify(data)
      if (event !== 'run.finished') return
      off()
      done(data as RunSummary)
    })
  })
  const config = { ...defaults, catalog, preset: 'quick', engine: 'cpu', threads: 2 }
  const { id } = (await call('run.start', { config })) as RunSummary
  // A turn a millisecond, because one after the other would take a core from the run.
  const watch = new LoopWatch((turn) => setTimeout(turn, 1))
  const poll = setInterval(() => void call('run.get', { id }), 500)
  const { state, error } = await ended
  clearInterval(poll)
  if (state !== 'done') throw new Error(`The run is ${state}: ${error ?? 'no error'}`)
  return { call: 'a quick run', ...watch.stop() }
}

/** Runs in every turn of the event loop and records the longest turn. */
class LoopWatch {
  private on = true
  private cpu = 0
  private wall = 0
  private before = now()

  constructor(next: (turn: () => void) => void = setImmediate) {
    const turn = (): void => {
      this.note()
      if (this.on) next(turn)
    }
    next(turn)
  }

  stop(): { cpu: number; wall: number } {
    this.note()
    this.on = false
    return { cpu: Math.round(10 * this.cpu) / 10, wall: Math.round(10 * this.wall) / 10 }
  }

  private note(): void {
    const at = now()
    this.cpu = Math.max(this.cpu, at.cpu - this.before.cpu)
    this.wall = Math.max(this.wall, at.wall - this.before.wall)
    this.before = at
  }
}

function now(): { cpu: number; wall: number } {
  const { user, system } = process.threadCpuUsage()
  return { cpu: (user + system) / 1000, wall: performance.now() }
}
