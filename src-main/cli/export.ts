import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  searchedIds,
  type CatalogSummary,
  type RunDetail,
  type RunResult,
  type RunSummary
} from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import { historyCsv, historyJson } from '../../src-shared/history.ts'
import { describeLaw } from '../law/text/describe-law.ts'
import { lawWriterFor, type ExportedLaw } from '../law/text/law-files.ts'
import { featureUnit, networkToOnnx } from '../gnn/index.ts'
import { describeDiskError } from '../project/disk-errors.ts'
import { openProjectAside } from '../project/project.ts'
import type { StoredModel } from '../run/state/run-store.ts'
import { exporterFor } from '../symbolic/index.ts'
import { usage } from './arguments.ts'
import { defineCommand } from './command.ts'
import { print, printJson } from './output.ts'

export const exportCommand = defineCommand({
  name: 'export',
  summary: "writes a run's results as files for other programs",
  arguments: ['PROJECT'],
  options: {
    '--run ID': 'run of the project, e.g. r2; default: the newest run',
    '--history FILE.csv|FILE.json':
      'training history: one row per epoch with losses, learning rate, seconds and the standard deviation of each message component',
    '--onnx FOLDER':
      "the trained network: edge.onnx computes a pair's message from its features, node.onnx the prediction from the sum of a halo's messages and the halo's features; names, units, radius and box are in their metadata",
    '--formulas FILE':
      'the laws that the run reports (formula, short, best), their constants and the front of laws: .json, .tex, .txt; .py, .jl and .c contain functions of positions and masses (overdensity, overdensity_short, overdensity_best), .sympy.py sums over indexed symbols',
    '--message FILE': "the front of formulas for the network's message: .py, .sympy.py, .jl, .c, .tex, .json, .txt",
    '--node FILE': "the front of formulas for the network's node function, in the same formats",
    '--json': 'prints {files: [...]} on stdout'
  },

  async run(values, positionals) {
    const { history, onnx, formulas, message, node } = values
    if ([history, onnx, formulas, message, node].every((path) => path === undefined))
      throw usage('"halolaw export" needs an output: --history FILE.csv or --onnx FOLDER or --formulas FILE.json.')
    const run = await readRun(positionals[0], values.run)
    const files = [
      ...(history === undefined ? [] : [historyFile(history, run)]),
      ...(onnx === undefined ? [] : onnxFiles(onnx, run)),
      ...(formulas === undefined ? [] : [lawFile(formulas, run)]),
      ...(message === undefined ? [] : [frontFile(message, 'message', run)]),
      ...(node === undefined ? [] : [frontFile(node, 'node', run)])
    ]
    if (onnx !== undefined) await withDiskErrors(onnx, mkdir(onnx, { recursive: true }))
    for (const { path, content } of files) await withDiskErrors(path, writeFile(path, content))
    if (values.json) printJson({ files: files.map(({ path }) => path) })
    else for (const { path } of files) print(path)
  }
})

interface OutFile {
  path: string
  content: string | Uint8Array
}

interface ExportedRun extends RunDetail {
  models: Map<string, StoredModel>
  catalog: CatalogSummary | null
}

async function readRun(path: string, runId: string | undefined): Promise<ExportedRun> {
  const project = await openProjectAside(path, 'read')
  try {
    const run: RunSummary | undefined = runId === undefined ? project.runs.list().at(-1) : project.runs.get(runId)
    if (!run) throw badInput(`${path} has no run yet; start one with "halolaw run CATALOG --out ${path}".`)
    return {
      ...project.runs.detail(run.id),
      models: project.runs.models(run.id),
      catalog: project.catalog()?.summary ?? null
    }
  } finally {
    project.close()
  }
}

function historyFile(path: string, { name, epochs }: ExportedRun): OutFile {
  if (epochs.length === 0) throw badInput(`${name} has no finished epoch yet; finish it with "halolaw run --resume".`)
  if (/\.csv$/i.test(path)) return { path, content: historyCsv(epochs) }
  if (/\.json$/i.test(path)) return { path, content: historyJson(epochs) }
  throw usage(`--history ${path} is not possible; give a file that ends in .csv or .json.`)
}

function onnxFiles(folder: string, { name, config, models, catalog }: ExportedRun): OutFile[] {
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

function lawFile(
  path: string,
  { name, config, result, models, lawFront, messageFront, nodeFront }: ExportedRun
): OutFile {
  const write = lawWriterFor(path)
  if (result === null) throw badInput(`${name} has no law yet; finish it with "halolaw run --resume".`)
  const { target, radius } = config
  const reported = reportedLaws(result, models, radius)
  const constants = reported.find(({ id }) => id === 'formula')?.constants ?? []
  const fronts = { laws: lawFront, message: messageFront, node: nodeFront }
  return { path, content: write({ target, best: result.formula, constants, reported, ...fronts }) }
}

/** The laws that a run reports, from the shortest, printed in every language. */
function reportedLaws(result: RunResult, models: ExportedRun['models'], radius: number): ExportedLaw[] {
  const { boxSize } = result.catalog
  return searchedIds.flatMap((id) => {
    const report = result.models.find((model) => model.id === id)
    const stored = models.get(id)
    // The result holds the programs of one law, as the run printed them.
    const formula =
      id === 'formula'
        ? result.formula
        : stored?.kind === 'formula'
          ? describeLaw(stored.fitted.formula, radius, boxSize)
          : null
    if (!report || !formula) return []
    const { complexity = NaN, notes = [], constants = [] } = report
    return [{ id, complexity, notes, formula, constants }]
  })
}

function frontFile(path: string, of: 'message' | 'node', { name, messageFront, nodeFront }: ExportedRun): OutFile {
  const write = exporterFor(path)
  const front = of === 'message' ? messageFront : nodeFront
  if (front.length === 0)
    throw badInput(`${name} has no formulas for the ${of} yet; finish it with "halolaw run --resume".`)
  const best = front.reduce((a, b) => (b.score > a.score ? b : a))
  return { path, content: write({ target: `the ${of}`, front, best }) }
}

async function withDiskErrors(path: string, work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (cause) {
    throw describeDiskError(path, cause)
  }
}
