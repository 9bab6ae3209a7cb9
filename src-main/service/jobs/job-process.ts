import { logger } from '../../log.ts'
import { readRunCheckpoint } from '../../project/checkpoint-records.ts'
import { pack } from '../../project/pack.ts'
import { asHalolawError } from './errors.ts'
import type { Progress } from '../../work.ts'
import type { FromJob, SaveMessage, ToJob } from './job-messages.ts'
import { LawMeasurer, type LawRequest } from '../../run/laws/measure-law.ts'
import { RunGuide, type GuidanceRequest } from '../../run/state/run-guide.ts'
import type { RunPipeline } from '../../run/state/run-types.ts'
import type { RunStore } from '../../run/state/run-store.ts'

const log = logger('run')

/** The parent counts the silence between these reports; see job-link.ts. */
const reportMs = 1000

/**
 * Works on one run, or measures laws, in this process, as its parent requests over the channel. Finished results are
 * sent at once to the parent, which owns the project file. The process ends with its parent; one that measures laws
 * waits for the next law until it is cancelled.
 */
export function serveJob(pipeline: RunPipeline): void {
  const cancel = new AbortController()
  const measurer = new LawMeasurer()
  let isMeasuring = false
  let guide: ((request: GuidanceRequest) => void) | null = null
  process.on('message', (message: ToJob) => {
    if ('cancel' in message) end()
    else if ('guide' in message) guide?.(message.guide)
    else if ('start' in message) void finish(() => run(message.start))
    else void measure(message.measure)
  })
  void send({ alive: true })
  setInterval(() => void send({ alive: true }), reportMs).unref()
  process.on('disconnect', () => process.exit(1))
  // Ctrl+C in a terminal reaches every process of the group; the parent decides whether the run ends.
  process.on('SIGINT', () => {})

  async function run({ config, checkpoints }: Extract<ToJob, { start: unknown }>['start']): Promise<void> {
    const store = sendingStore(checkpoints)
    const runGuide = new RunGuide(store)
    guide = (request) => runGuide.guide(request, config.radius)
    await pipeline(config, store, {
      guide: runGuide,
      signal: cancel.signal,
      onProgress: thinned((progress) => send({ progress, rssMB: Math.round(process.memoryUsage.rss() / 2 ** 20) })),
      onStep: thinned((step) => send({ step })),
      onNotice: (sentence) => log.info(sentence)
    })
  }

  async function measure(request: LawRequest): Promise<void> {
    const onProgress = thinned((measuring: Progress) => send({ measuring }))
    isMeasuring = true
    try {
      await send({ measured: await measurer.measure(request, { signal: cancel.signal, onProgress }) })
    } catch (cause) {
      const { code, message } = asHalolawError(cause)
      await send({ refused: { code, message } })
    }
    isMeasuring = false
    if (cancel.signal.aborted) process.exit(0)
  }

  function end(): void {
    cancel.abort()
    // A run ends through its signal, and a process that waits for a law has no work to end.
    if (!guide && !isMeasuring) process.exit(0)
  }
}

/** Reports how the work ended, and ends the process. */
async function finish(work: () => Promise<void>): Promise<void> {
  try {
    await work()
    await send({ done: true })
  } catch (cause) {
    const { code, message } = asHalolawError(cause)
    await send({ failed: { code, message } })
  }
  process.exit(0)
}

function send(message: FromJob): Promise<void> {
  return new Promise((sent) => process.send!(message, undefined, undefined, () => sent()))
}

/** Passes on at most ten values per second, because the channel cannot carry thousands. */
function thinned<T>(report: (value: T) => void): (value: T) => void {
  let last = 0
  return (value) => {
    const now = performance.now()
    if (now - last < 100) return
    last = now
    report(value)
  }
}

function sendingStore(checkpoints: Map<string, Uint8Array>): RunStore {
  const save = (message: SaveMessage): void => void send(message)
  return {
    saveCatalog: (...args) => save({ save: 'saveCatalog', args }),
    saveSplit: (...args) => save({ save: 'saveSplit', args }),
    saveEpoch: (...args) => save({ save: 'saveEpoch', args }),
    saveCheckpoint: (key, data) => save({ save: 'saveCheckpoint', args: [key, pack(data)] }),
    loadCheckpoint: (key) => readRunCheckpoint(checkpoints, key),
    saveGuidance: (...args) => save({ save: 'saveGuidance', args }),
    saveFront: (...args) => save({ save: 'saveFront', args }),
    saveModel: (...args) => save({ save: 'saveModel', args }),
    savePredictions: (...args) => save({ save: 'savePredictions', args }),
    saveResult: (...args) => save({ save: 'saveResult', args })
  }
}
