import { availableParallelism } from 'node:os'
import { modelIds, type ModelId } from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import { loadCatalog } from '../catalog/load.ts'
import { columnsOf } from '../catalog/summary.ts'
import { targetColumn } from '../evaluation/columns.ts'
import { compareModels } from '../evaluation/compare.ts'
import { predictEnsemble } from '../gnn/index.ts'
import { buildNeighbours } from '../graph/neighbours.ts'
import { openProjectAside } from '../project/project.ts'
import { predictModel } from '../run/laws/predict.ts'
import { boxFrom, catalogOptions, limitFrom, mapFrom, threadsFrom } from './arguments.ts'
import { defineCommand } from './command.ts'
import { runOf } from './finished-run.ts'
import { interruptSignal } from './interrupt.ts'
import { figure, print, printJson, printTable, ProgressLine } from './output.ts'
import { writePredictions } from './predictions-file.ts'

export const predict = defineCommand({
  name: 'predict',
  summary: "applies a project's trained models to another catalog",
  arguments: ['PROJECT', 'CATALOG'],
  options: {
    '--run ID': 'run of the project, e.g. r2; default: the last finished run',
    '--target COLUMN': 'column of true values to compare with; default: the target of the run',
    '--out FILE.csv|FILE.arrow':
      "every model's prediction, one row per halo; for a run with several seeds also the standard deviation of its networks (gnn-ensemble_spread); works without true values",
    ...catalogOptions,
    '--threads N': 'default: all cores',
    '--json': 'prints {models: [{id, mae: {all}, ci95: {all}, bias: {all}, r2: {all}}]} on stdout'
  },

  async run(values, positionals) {
    const threads = threadsFrom(values.threads) ?? availableParallelism()
    const { config, models } = await trainedModels(positionals[0], values.run)
    const catalog = await loadCatalog(positionals[1], {
      map: mapFrom(values.map),
      boxSize: boxFrom(values.box),
      memoryLimit: limitFrom(values.limit)
    })
    const target = values.target ?? config.target
    const hasTruth = values.target !== undefined || values.out === undefined || columnsOf(catalog).has(target)
    const truth = hasTruth ? targetColumn(catalog, target) : null
    const graph = { catalog, neighbours: buildNeighbours(catalog, config.radius) }

    const line = new ProgressLine()
    const signal = interruptSignal()
    const every = Uint32Array.from({ length: catalog.halos }, (_, halo) => halo)
    const predictions = new Map<ModelId, Float32Array>()
    const columns = new Map<string, Float32Array>()
    for (const [id, model] of models) {
      line.show('predict', predictions.size / models.size, id, null)
      if (model.kind === 'gnn-ensemble') {
        const { mean, spread } = await predictEnsemble(model.states, graph, every, { signal, threads })
        predictions.set(id, mean)
        columns.set(id, mean).set(`${id}_spread`, spread)
      } else {
        const values = await predictModel(model, graph, { signal, threads })
        predictions.set(id, values)
        columns.set(id, values)
      }
    }
    line.end()
    if (values.out !== undefined) await writePredictions(values.out, columns)

    const all = every.filter((halo) => !truth || Number.isFinite(truth[halo]))
    const compared =
      truth && compareModels({ positions: catalog, truth, sets: { test: all }, predictions, seed: config.seed })
    const reports = [...predictions.keys()].map((id) => {
      const errors = compared?.models.get(id)
      if (!errors) return { id }
      const { mae, ci95, bias, r2, warnings } = errors
      return {
        id,
        mae: { all: mae.test },
        ci95: { all: ci95.test },
        bias: { all: bias.test },
        r2: { all: r2.test },
        warnings
      }
    })
    if (values.json) return printJson({ models: reports })
    print(`${catalog.path}: ${catalog.halos} halos`)
    if (truth)
      printTable([
        ['model', 'mae', '95 % interval', 'bias', 'R2'],
        ...reports.map(({ id, mae, ci95, bias, r2 }) => [
          id,
          figure(mae?.all),
          `[${figure(ci95?.all?.[0])}, ${figure(ci95?.all?.[1])}]`,
          figure(bias?.all),
          figure(r2?.all)
        ])
      ])
    for (const { id, warnings } of reports) for (const warning of warnings ?? []) print(`${id}: ${warning}`)
    if (values.out !== undefined) print(`The predictions are in ${values.out}`)
  }
})

async function trainedModels(path: string, runId: string | undefined) {
  const project = await openProjectAside(path, 'read')
  try {
    const run = runOf(project, path, runId)
    const stored = project.runs.models(run.id)
    const models = new Map(modelIds.flatMap((id) => (stored.has(id) ? [[id, stored.get(id)!] as const] : [])))
    if (models.size === 0) throw badInput(`${run.name} of ${path} has no trained models yet; finish it first.`)
    return { config: run.config, models }
  } finally {
    project.close()
  }
}
