import { relative, resolve } from 'node:path'
import type { AblationEntry, Preset, RunConfig, RunResult, SetName } from '../../src-shared/contract.ts'
import { asHalolawError } from '../service/jobs/errors.ts'
import { defaultRunConfig } from '../service/workspace/defaults.ts'
import { checkRunConfig } from '../service/params.ts'
import { runPipeline } from '../run/pipeline.ts'
import { RemainingTime } from '../service/jobs/remaining.ts'
import {
  boxFrom,
  catalogOptions,
  choiceFrom,
  mapFrom,
  namesFrom,
  numberFrom,
  readArguments,
  usage
} from './arguments.ts'
import type { CliCommand } from './command.ts'
import { interruptSignal } from './interrupt.ts'
import { duration, figure, print, printJson, printTable, ProgressLine } from './output.ts'
import { memoryOutput, projectOutput, resumedOutput, type RunOutput } from './run-output.ts'

export const run: CliCommand = {
  summary: 'from a catalog to a law: trains the network, finds the formula, compares',
  help: `halolaw run CATALOG [options]
halolaw run --resume FILE.halolaw

  --target COLUMN       what is predicted; default Delta20
  --radius MPC          of the graph, in Mpc/h; default 50
  --ood EXPRESSION      out-of-distribution halos, e.g. "delta > 1"; default none
  --test EXPRESSION     test halos, e.g. "x > 400"; default spatial blocks that hold a fifth of the box
  --preset quick|standard|paper   a minute, ten minutes, the paper's sizes; default standard
  --features a,b        the network's inputs, e.g. log_mass_j,r,v_ij,log_mass; default sound ones
  --engine auto|cpu|webgpu|tensorflow   what trains the network; default auto: the fastest here, by trying
  --messages standard|bottleneck:D|l1[:W]|kl[:W]|sparse[:W]   how messages are kept few, W being the penalty's weight;
                        l1:W:0.3 lets it grow over 0.3 of the steps; default the preset's (l1)
  --schedule constant|cosine|one-cycle|plateau   of the learning rate; default cosine
  --seeds N             trains N networks, from seed, seed + 1, ...: spread of their errors, and their ensemble
  --ablate              trains the network again without each of its features: what each is worth
  --ablate-preset quick|standard|paper   the same with another preset's settings
  --template LAW        structure of the law that is searched on the graph, e.g. "g(M_i, sum(f(r, M_j)))": unknown functions
                        f, g... of what stands in their brackets; default any
  --seed N, --threads N
  --out FILE.halolaw    keeps everything in a project file; a run killed half-way can be resumed from it
  --map NAME=COLUMN[:UNIT], --box MPC   how the catalog is read, as in "halolaw info"
  --json                one JSON object on stdout`,

  async run(args) {
    const { values, positionals } = readArguments('run', args, ['[CATALOG]'], {
      ...catalogOptions,
      target: { type: 'string' },
      radius: { type: 'string' },
      ood: { type: 'string' },
      test: { type: 'string' },
      preset: { type: 'string' },
      features: { type: 'string' },
      engine: { type: 'string' },
      messages: { type: 'string' },
      schedule: { type: 'string' },
      seeds: { type: 'string' },
      ablate: { type: 'boolean' },
      'ablate-preset': { type: 'string' },
      template: { type: 'string' },
      seed: { type: 'string' },
      threads: { type: 'string' },
      out: { type: 'string' },
      resume: { type: 'string' }
    })
    const { config, output } =
      values.resume === undefined ? await begin(positionals[0], values) : await resume(positionals[0], values.resume)
    const result = await work(config, output)
    if (values.json) printJson(result)
    else printResult(result)
  }
}

interface RunOptions {
  map?: string[]
  box?: string
  target?: string
  radius?: string
  ood?: string
  test?: string
  preset?: string
  features?: string
  engine?: string
  messages?: string
  schedule?: string
  seeds?: string
  ablate?: boolean
  'ablate-preset'?: string
  template?: string
  seed?: string
  threads?: string
  out?: string
}

const presets: readonly Preset[] = ['quick', 'standard', 'paper']

async function begin(
  catalog: string | undefined,
  options: RunOptions
): Promise<{ config: RunConfig; output: RunOutput }> {
  if (catalog === undefined)
    throw usage('"halolaw run" needs a CATALOG, or --resume FILE.halolaw; "halolaw run --help" says more.')
  const preset = choiceFrom('preset', options.preset, presets) ?? 'standard'
  const given: Partial<RunConfig> = {
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
    seed: numberFrom('seed', options.seed, { integer: true, least: 0, most: 2 ** 32 - 1 }),
    threads: numberFrom('threads', options.threads, { integer: true, least: 1, most: 1024 })
  }
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const defaults = defaultRunConfig(null, { map: mapFrom(options.map), boxSize: boxFrom(options.box) })
  const config = checkRunConfig({ ...defaults, ...said, catalog: resolve(catalog) })
  return { config, output: options.out === undefined ? memoryOutput() : await projectOutput(options.out, config) }
}

function resume(catalog: string | undefined, file: string): Promise<{ config: RunConfig; output: RunOutput }> {
  if (catalog !== undefined) throw usage(`--resume goes on with the catalog of its project; leave ${catalog} out.`)
  return resumedOutput(file)
}

async function work(config: RunConfig, output: RunOutput): Promise<RunResult> {
  const line = new ProgressLine()
  const remaining = new RemainingTime()
  const told = new Set<string>()
  try {
    const result = await runPipeline(config, output.store, {
      signal: interruptSignal(),
      onProgress(progress) {
        output.progress(progress)
        const left = remaining.at(progress.fraction, performance.now() / 1000)
        line.show(progress.step, progress.fraction, progress.message, left)
      },
      onNotice(sentence) {
        // Of several networks each says it.
        if (told.has(sentence)) return
        told.add(sentence)
        line.end()
        process.stderr.write(`halolaw: ${sentence}\n`)
      }
    })
    output.finish('done', null)
    return output.path === null ? result : { ...result, project: output.path }
  } catch (cause) {
    line.end()
    const error = asHalolawError(cause)
    output.finish(error.code === 'cancelled' ? 'cancelled' : 'failed', error.message)
    if (error.code === 'cancelled' && output.path !== null)
      process.stderr.write(`"halolaw run --resume ${relative('', output.path)}" goes on from where it was.\n`)
    throw error
  } finally {
    line.end()
  }
}

const sets: SetName[] = ['train', 'test', 'ood']

function printResult(result: RunResult): void {
  const { catalog, split, timings } = result
  const used = sets.filter((set) => split[set] > 0)
  print(`${catalog.path}: ${catalog.halos} halos, ${catalog.edges} edges`)
  print(`${used.map((set) => `${set} ${split[set]}`).join(', ')}; engine ${result.engine}`)
  print('\nMean absolute error, with its 95 % interval')
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
  print(`\nThe formula: ${result.formula.text}`)
  const constants = result.models.find(({ id }) => id === 'formula')?.constants ?? []
  for (const { name, value, standardError } of constants)
    print(`  ${name} = ${figure(value)}${standardError === null ? '' : ` +- ${figure(standardError)}`}`)
  print(`From the network's message alone: ${result.models.find(({ id }) => id === 'message-formula')?.text ?? 'none'}`)
  for (const warning of result.warnings ?? []) print(warning)
  for (const { id, notes } of result.models) for (const note of notes ?? []) print(`${id}: ${note}`)
  for (const { id, warnings } of result.models) for (const warning of warnings ?? []) print(`${id}: ${warning}`)
  print(
    `\n${duration(timings.total)} in all: network ${duration(timings.train)}, formula ${duration(timings.symbolic + timings.refit)}; ${result.peakRssMB} MB at most`
  )
  if (result.project !== undefined) print(`Everything is in ${result.project}`)
}

/** What the error gains when a feature is left out, with its paired interval. */
function printAblation(entries: AblationEntry[]): void {
  const names = (['validation', 'test', 'ood'] as const).filter((name) =>
    entries.some(({ mae }) => mae[name] !== undefined)
  )
  print('\nThe network without a feature: error, and what it gains, with its 95 % interval')
  printTable([
    ['without', ...names.flatMap((name) => [name, 'gain', ''])],
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
