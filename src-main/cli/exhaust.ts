import { badInput, HalolawError } from '../../src-shared/errors.ts'
import { lawConstants } from '../law/graph-law.ts'
import type { Exhaustion } from '../law/search/exhaust-laws.ts'
import { describeLaw } from '../law/text/describe-law.ts'
import { readRunCheckpoint } from '../project/checkpoint-records.ts'
import { pack } from '../project/pack.ts'
import { openProjectAside } from '../project/project.ts'
import { exhaustRun, type ExhaustionRequest } from '../run/laws/exhaust.ts'
import type { KeptLaws } from '../law/search/kept-laws.ts'
import { RemainingTime } from '../service/jobs/remaining.ts'
import { runOf } from './finished-run.ts'
import { interruptSignal } from './interrupt.ts'
import { figure, print, printJson, printTable, ProgressLine } from './output.ts'

/** Fits every law up to a complexity and prints the best; the project keeps how far it has come. */
export async function exhaust(
  path: string,
  {
    run: runId,
    request,
    threads,
    json
  }: {
    run: string | undefined
    request: ExhaustionRequest
    threads: number | undefined
    json: boolean
  }
): Promise<void> {
  const project = await openProjectAside(path)
  const line = new ProgressLine()
  try {
    const runs = project.runs
    const run = runOf(project, path, runId)
    const [train, validation] = [runs.set(run.id, 'train'), runs.set(run.id, 'validation')]
    if (!train || !validation)
      throw badInput(`${run.name} of ${path} has no sets yet; finish it with "halolaw run --resume ${path}".`)
    const remaining = new RemainingTime()
    const result = await exhaustRun(
      { config: run.config, sets: { train, validation }, request },
      {
        signal: interruptSignal(),
        threads,
        resumeFrom: readRunCheckpoint(runs.checkpoints(run.id), 'exhausted-laws') ?? undefined,
        onCheckpoint: (state) => runs.saveCheckpoint(run.id, 'exhausted-laws', pack(state)),
        onProgress: ({ fraction, message }) =>
          line.show('exhaust', fraction, message, remaining.at(fraction, performance.now() / 1000))
      }
    )
    line.end()
    const entries = result.front.map(({ formula, complexity, trainMae }) => {
      const { text } = describeLaw(formula, run.config.radius, run.result?.catalog.boxSize ?? 0)
      return { complexity, loss: trainMae, constants: lawConstants(formula), text }
    })
    if (json) {
      const { complexity, count, halos, descriptionLength } = result
      const last = entries.at(-1)
      const best = last ? { ...last, descriptionLength } : null
      return printJson({ laws: entries, exhausted: { complexity, count, halos, best } })
    }
    printTable([
      ['complexity', 'loss', 'law'],
      ...entries.map(({ complexity, loss, text }) => [`${complexity}`, figure(loss), text])
    ])
    print(`\n${sentenceOf(result)}`)
    const searched = leastLoss(runs.keptLaws(run.id), request.most)
    if (Number.isFinite(searched))
      print(`The search of ${run.name} had ${figure(searched)} up to this complexity, on the halos of its own fits.`)
  } catch (cause) {
    line.end()
    if (cause instanceof HalolawError && cause.code === 'cancelled')
      process.stderr.write(`The same command continues from there.\n`)
    throw cause
  } finally {
    project.close()
  }
}

/** Infinite where no law up to this complexity was kept */
function leastLoss(kept: KeptLaws | null, most: number): number {
  let least = Infinity
  kept?.losses.forEach((loss, k) => {
    if (kept.complexities[k] <= most && loss < least) least = loss
  })
  return least
}

function sentenceOf({ count, complexity, front, halos, descriptionLength }: Exhaustion): string {
  const best = front.at(-1)
  if (!best) return `None of the ${count} laws up to complexity ${complexity} has finite values on the training halos.`
  return `None of the ${count} laws up to complexity ${complexity} does better than ${figure(best.trainMae)} on ${halos} training halos; the best takes ${descriptionLength?.toFixed(0)} nats to describe with its residuals.`
}
