import { complexityLimits } from '../../src-shared/complexity.ts'
import { setNames } from '../../src-shared/set-codes.ts'
import { relative, resolve } from 'node:path'
import type { AblationEntry, Preset, RunConfig, RunResult } from '../../src-shared/contract.ts'
import { asHalolawError } from '../service/jobs/errors.ts'
import { defaultRunConfig } from '../run/method/default-config.ts'
import { checkRunConfig } from '../service/params.ts'
import { runPipeline } from '../run/pipeline.ts'
import { RemainingTime } from '../service/jobs/remaining.ts'
import {
  boxFrom,
  catalogOptions,
  choiceFrom,
  limitFrom,
  mapFrom,
  namesFrom,
  numberFrom,
  seedFrom,
  threadsFrom,
  usage,
  type OptionValues
} from './arguments.ts'
import { defineCommand } from './command.ts'
import { interruptSignal } from './interrupt.ts'
import { duration, figure, print, printJson, printTable, ProgressLine } from './output.ts'
import { memoryOutput, projectOutput, resumedOutput, type RunOutput } from './run-output.ts'
import { traceFile } from './trace-file.ts'

const runOptions = {
  '--target COLUMN': 'column to predict; default Delta20',
  '--radius MPC': 'radius of the graph, Mpc/h; default 50',
  '--ood EXPRESSION': 'out-of-distribution halos, e.g. "delta > 1"; default: none',
  '--test EXPRESSION': 'test halos, e.g. "x > 400"; default: spatial blocks that hold a fifth of the box',
  '--preset quick|standard|paper': "a minute, ten minutes, or the paper's sizes; default standard",
  '--features a,b':
    "the network's inputs, e.g. log_mass_j,r,v_ij,log_mass; default: invariant features of the catalog's columns",
  '--engine auto|cpu|webgpu|tensorflow':
    'trains the network; default auto: the fastest on this machine, by measurement',
  '--messages standard|bottleneck:D|l1[:W]|kl[:W]|sparse[:W]':
    "how the message is kept to few components, W being the penalty's weight; l1:W:0.3 increases it over 0.3 of the steps; default: as in the preset (l1)",
  '--schedule constant|cosine|one-cycle|plateau': 'schedule of the learning rate; default cosine',
  '--seeds N': 'trains N networks, from seed, seed + 1, ...: reports the spread of their errors, and their ensemble',
  '--ablate': 'trains the network again without each feature, and reports how much each contributes',
  '--ablate-preset quick|standard|paper': "the same with another preset's settings",
  '--template LAW':
    'structure of the law to search on the graph, e.g. "g(M_i, sum(f(r, M_j)))", with unknown functions f, g, ... of their arguments; default: any',
  '--max-complexity N':
    'no law has more operators, variables and constants (^, exp and log count three); default 48: validation decides',
  '--seed N': 'seed of all random numbers; default 1',
  '--threads N': 'default: all cores',
  '--out FILE.halolaw': 'saves everything in a project file, from which an interrupted run can resume',
  '--resume FILE.halolaw': 'continues the last unfinished run of a project',
  '--trace FILE':
    'writes the events of the searches as JSON Lines: laws fitted on the graph, changes of the fronts, the final front',
  ...catalogOptions,
  '--json': 'prints one JSON object on stdout'
} as const

export const run = defineCommand({
  name: 'run',
  summary: 'from a catalog to a law: trains the network, finds the law, compares them',
  arguments: ['[CATALOG]'],
  alternative: 'halolaw run --resume FILE.halolaw',
  options: runOptions,

  async run(values, positionals) {
    const { config, output } =
      values.resume === undefined ? await begin(positionals[0], values) : await resume(positionals[0], values.resume)
    const result = await work(config, output, { tracePath: values.trace, memoryLimit: limitFrom(values.limit) })
    if (values.json) printJson(result)
    else printResult(result)
  }
})

const presets: readonly Preset[] = ['quick', 'standard', 'paper']

async function begin(
  catalog: string | undefined,
  options: OptionValues<typeof runOptions>
): Promise<{ config: RunConfig; output: RunOutput }> {
  if (catalog === undefined)
    throw usage('"halolaw run" needs a CATALOG, or --resume FILE.halolaw; see "halolaw run --help".')
  const preset = choiceFrom('preset', options.preset, presets) ?? 'standard'
  const requested: Partial<RunConfig> = {
    target: options.target,
    radius: numberFrom('radius', options.radius, { above: 0, unit: 'Mpc/h' }),
    ood: options.ood,
    test: options.test,
    preset,
    features: namesFrom(options.features),
    engine: choiceFrom('engine', options.engine, ['auto', 'cpu', 'webgpu', 'tensorflow']),
    messages: options.messages,
    schedule: choiceFrom('schedule', options.schedule, ['constant', 'cosine', 'one-cycle', 'plateau']),
    seeds: numberFrom('seeds', options.seeds, { integer: true, least: 1, most: 100 }),
    ablate: choiceFrom('ablate-preset', options['ablate-preset'], presets) ?? (options.ablate ? preset : undefined),
    template: options.template,
    maxComplexity: numberFrom('max-complexity', options['max-complexity'], { integer: true, ...complexityLimits }),
    seed: seedFrom(options.seed),
    threads: threadsFrom(options.threads)
  }
  const changes = Object.fromEntries(Object.entries(requested).filter(([, value]) => value !== undefined))
  const defaults = defaultRunConfig(null, { map: mapFrom(options.map), boxSize: boxFrom(options.box) })
  const config = checkRunConfig({ ...defaults, ...changes, catalog: resolve(catalog) })
  return { config, output: options.out === undefined ? memoryOutput() : await projectOutput(options.out, config) }
}

function resume(catalog: string | undefined, file: string): Promise<{ config: RunConfig; output: RunOutput }> {
  if (catalog !== undefined) throw usage(`--resume uses the catalog of its project; leave ${catalog} out.`)
  return resumedOutput(file)
}

async function work(
  config: RunConfig,
  output: RunOutput,
  { tracePath, memoryLimit }: { tracePath: string | undefined; memoryLimit: number | undefined }
): Promise<RunResult> {
  const line = new ProgressLine()
  const trace = tracePath === undefined ? undefined : traceFile(tracePath, (sentence) => line.say(sentence))
  const remaining = new RemainingTime()
  const printed = new Set<string>()
  try {
    const result = await runPipeline(config, output.store, {
      signal: interruptSignal(),
      hash: output.hash,
      memoryLimit,
      onTrace: trace?.write,
      onProgress(progress) {
        output.progress(progress)
        const left = remaining.at(progress.fraction, performance.now() / 1000)
        line.show(progress.step, progress.fraction, progress.message, left)
      },
      onNotice(sentence) {
        // Several networks send the same sentence.
        if (printed.has(sentence)) return
        printed.add(sentence)
        line.say(`halolaw: ${sentence}`)
      }
    })
    output.finish('done', null)
    return output.path === null ? result : { ...result, project: output.path }
  } catch (cause) {
    line.end()
    const error = asHalolawError(cause)
    output.finish(error.code === 'cancelled' ? 'cancelled' : 'failed', error.message)
    if (error.code === 'cancelled' && output.path !== null)
      process.stderr.write(`"halolaw run --resume ${relative('', output.path)}" continues from there.\n`)
    throw error
  } finally {
    line.end()
    trace?.close()
  }
}

function printResult(result: RunResult): void {
  const { catalog, split, timings } = result
  const used = setNames.filter((set) => split[set] > 0)
  print(`${catalog.path}: ${catalog.halos} halos, ${catalog.edges} edges`)
  print(`${used.map((set) => `${set} ${split[set]}`).join(', ')}; engine ${result.engine}`)
  print('\nMean absolute error, with 95 % interval')
  printTable([
    ['model', ...used.flatMap((set) => [set, '']), 'parameters'],
    ...result.models.map(({ id, mae, ci95, parameters }) => [
      id,
      ...used.flatMap((set) => [figure(mae[set]), `[${figure(ci95[set]?.[0])}, ${figure(ci95[set]?.[1])}]`]),
      `${parameters}`
    ])
  ])
  for (const set of used) {
    const paired = result.gnnMinusFormula?.[set]
    if (paired)
      print(
        `gnn - formula on ${set}: ${figure(paired.difference)} [${figure(paired.ci95[0])}, ${figure(paired.ci95[1])}]`
      )
  }
  if (result.ablation) printAblation(result.ablation)
  print(`\nThe law: ${result.formula.text}`)
  const constants = result.models.find(({ id }) => id === 'formula')?.constants ?? []
  for (const { name, value, standardError } of constants)
    print(`  ${name} = ${figure(value)}${standardError === null ? '' : ` +- ${figure(standardError)}`}`)
  for (const [id, name] of [
    ['formula-short', 'The best short law'],
    ['formula-best', 'The law of least validation error']
  ] as const) {
    const text = result.models.find((model) => model.id === id)?.text
    if (text !== undefined && text !== result.formula.text) print(`${name}: ${text}`)
  }
  print(`From the network's message only: ${result.models.find(({ id }) => id === 'message-formula')?.text ?? 'none'}`)
  for (const warning of result.warnings ?? []) print(warning)
  for (const { id, notes } of result.models) for (const note of notes ?? []) print(`${id}: ${note}`)
  for (const { id, warnings } of result.models) for (const warning of warnings ?? []) print(`${id}: ${warning}`)
  print(
    `\n${duration(timings.total)} in total: network ${duration(timings.train)}, law ${duration(timings.symbolic + timings.refit)}; ${result.peakRssMB} MB peak memory`
  )
  if (result.project !== undefined) print(`Saved in ${result.project}`)
}

/** Prints how much the error grows without each feature, with its paired interval. */
function printAblation(entries: AblationEntry[]): void {
  const names = (['validation', 'test', 'ood'] as const).filter((name) =>
    entries.some(({ mae }) => mae[name] !== undefined)
  )
  print('\nThe network without a feature: error and its increase, with 95 % interval')
  printTable([
    ['without', ...names.flatMap((name) => [name, 'increase', ''])],
    ...entries.map(({ feature, mae, difference }) => [
      feature,
      ...names.flatMap((name) => {
        const paired = difference[name]
        return [
          figure(mae[name]),
          figure(paired?.difference),
          `[${figure(paired?.ci95[0])}, ${figure(paired?.ci95[1])}]`
        ]
      })
    ])
  ])
}
