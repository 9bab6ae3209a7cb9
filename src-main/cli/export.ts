import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CatalogSummary, RunDetail, RunSummary } from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import { historyCsv, historyJson } from '../../src-shared/history.ts'
import { lawWriterFor } from '../law/text/law-files.ts'
import { featureUnit, networkToOnnx } from '../gnn/index.ts'
import { describeDiskError } from '../project/disk-errors.ts'
import { openProject } from '../project/project.ts'
import type { StoredModel } from '../run/run-store.ts'
import { exporterFor } from '../symbolic/index.ts'
import { readArguments, usage } from './arguments.ts'
import type { CliCommand } from './command.ts'
import { print, printJson } from './output.ts'

export const exportCommand: CliCommand = {
  summary: 'writes what a run has learnt as files for other programs',
  help: `halolaw export PROJECT [options]

  --run ID              of the project, e.g. r2; default: the newest
  --history FILE.csv|FILE.json   training history: a row an epoch with losses, rate, seconds, spread of each message component
  --onnx FOLDER         the trained network: edge.onnx gives the message of a pair from its features, node.onnx the
                        prediction from the sum of a halo's messages and its own features; names, units, radius and
                        box are in their metadata
  --formulas FILE       the law, its constants and the front of laws: .json, .tex, .txt; .py, .jl and .c are functions
                        of positions and masses, .sympy.py a sum over indexed symbols
  --message FILE, --node FILE   the fronts of formulas for the network's message and node function: .py, .sympy.py, .jl,
                        .c, .tex, .json, .txt
  --json                {files: [...]} on stdout`,

  async run(args) {
    const { values, positionals } = readArguments('export', args, ['PROJECT'], {
      run: { type: 'string' },
      history: { type: 'string' },
      onnx: { type: 'string' },
      formulas: { type: 'string' },
      message: { type: 'string' },
      node: { type: 'string' }
    })
    const { history, onnx, formulas, message, node } = values
    if ([history, onnx, formulas, message, node].every((path) => path === undefined))
      throw usage('"halolaw export" needs to know what: --history FILE.csv or --onnx FOLDER or --formulas FILE.json.')
    const found = readRun(positionals[0], values.run)
    const files = [
      ...(history === undefined ? [] : [historyFile(history, found)]),
      ...(onnx === undefined ? [] : onnxFiles(onnx, found)),
      ...(formulas === undefined ? [] : [lawFile(formulas, found)]),
      ...(message === undefined ? [] : [frontFile(message, 'message', found)]),
      ...(node === undefined ? [] : [frontFile(node, 'node', found)])
    ]
    if (onnx !== undefined) await onFiles(onnx, mkdir(onnx, { recursive: true }))
    for (const { path, content } of files) await onFiles(path, writeFile(path, content))
    if (values.json) printJson({ files: files.map(({ path }) => path) })
    else for (const { path } of files) print(path)
  }
}

interface OutFile {
  path: string
  content: string | Uint8Array
}

interface FoundRun extends RunDetail {
  models: Map<string, StoredModel>
  catalog: CatalogSummary | null
}

function readRun(path: string, wanted: string | undefined): FoundRun {
  const project = openProject(path)
  try {
    const run: RunSummary | undefined = wanted === undefined ? project.runs.list().at(-1) : project.runs.get(wanted)
    if (!run) throw badInput(`${path} has no run yet; make one with "halolaw run CATALOG --out ${path}".`)
    return {
      ...project.runs.detail(run.id),
      models: project.runs.models(run.id),
      catalog: project.catalog()?.summary ?? null
    }
  } finally {
    project.close()
  }
}

function historyFile(path: string, { name, epochs }: FoundRun): OutFile {
  if (epochs.length === 0) throw badInput(`${name} has no finished epoch yet; there is no history to write.`)
  if (/\.csv$/i.test(path)) return { path, content: historyCsv(epochs) }
  if (/\.json$/i.test(path)) return { path, content: historyJson(epochs) }
  throw usage(`--history ${path} has to end in .csv or .json.`)
}

function onnxFiles(folder: string, { name, config, models, catalog }: FoundRun): OutFile[] {
  const network = models.get('gnn')
  if (network?.kind !== 'gnn')
    throw badInput(`${name} has no trained network yet; finish it with "halolaw run --resume".`)
  const columnUnit = (column: string): string | null =>
    catalog?.columns.find((candidate) => candidate.name === column)?.unit ?? null
  const { edge, node } = networkToOnnx(network.state, {
    target: config.target,
    unitOf: (feature) => featureUnit(feature, columnUnit),
    radius: config.radius,
    boxSize: catalog?.periodic ? catalog.boxSize : null
  })
  return [
    { path: join(folder, 'edge.onnx'), content: edge },
    { path: join(folder, 'node.onnx'), content: node }
  ]
}

function lawFile(path: string, { name, config, result, lawFront, messageFront, nodeFront }: FoundRun): OutFile {
  const write = lawWriterFor(path)
  if (result === null) throw badInput(`${name} has no law yet; finish it with "halolaw run --resume".`)
  const constants = result.models.find(({ id }) => id === 'formula')?.constants ?? []
  const { target } = config
  const fronts = { laws: lawFront, message: messageFront, node: nodeFront }
  return { path, content: write({ target, best: result.formula, constants, ...fronts }) }
}

function frontFile(path: string, of: 'message' | 'node', { name, messageFront, nodeFront }: FoundRun): OutFile {
  const write = exporterFor(path)
  const front = of === 'message' ? messageFront : nodeFront
  if (front.length === 0)
    throw badInput(`${name} has no formulas for the ${of} yet; finish it with "halolaw run --resume".`)
  const best = front.reduce((a, b) => (b.score > a.score ? b : a))
  return { path, content: write({ target: `the ${of}`, front, best }) }
}

async function onFiles(path: string, work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (cause) {
    throw describeDiskError(path, cause)
  }
}
