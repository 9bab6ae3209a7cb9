// Opens each project that it receives, then reads, exports and predicts with everything in it.
import { parentPort, workerData } from 'node:worker_threads'
import { loadCatalog } from '../../src-main/catalog/load.ts'
import { featureUnit, networkToOnnx } from '../../src-main/gnn/index.ts'
import { buildNeighbours } from '../../src-main/graph/neighbours.ts'
import { lawWriterFor } from '../../src-main/law/text/law-files.ts'
import { openProject } from '../../src-main/project/project.ts'
import { predictModel } from '../../src-main/run/laws/predict.ts'
import { asHalolawError } from '../../src-main/service/jobs/errors.ts'
import { describeFronts, frontsRequest } from '../../src-main/service/workspace/recurrence.ts'
import { historyCsv } from '../../src-shared/history.ts'

const { catalog: catalogPath } = workerData as { catalog: string }
const catalog = await loadCatalog(catalogPath)

async function use(path: string): Promise<void> {
  const project = openProject(path)
  try {
    project.catalogs()
    project.masks()
    for (const { id, config } of project.runs.list()) {
      const stored = project.runs.detail(id)
      const detail = { ...stored, ...describeFronts(frontsRequest(stored, project.runs)) }
      JSON.stringify(detail)
      historyCsv(detail.epochs)
      const { result, lawFront: laws, messageFront: message, nodeFront: node } = detail
      const constants = result?.models.find((model) => model.id === 'formula')?.constants ?? []
      if (result)
        lawWriterFor('law.json')({
          target: config.target,
          best: result.formula,
          constants,
          reported: [],
          laws,
          message,
          node
        })
      for (const set of ['train', 'validation', 'test', 'ood'] as const) project.runs.set(id, set)
      project.runs.checkpoints(id)
      const neighbours = buildNeighbours(catalog, config.radius)
      for (const [model, stored] of project.runs.models(id)) {
        project.runs.predictions(id, model)
        await predictModel(stored, { catalog, neighbours }, { threads: 1 })
        if (stored.kind === 'gnn')
          networkToOnnx(stored.state, {
            target: config.target,
            unitOf: (feature) => featureUnit(feature, () => null),
            radius: config.radius,
            boxSize: catalog.boxSize
          })
      }
    }
    project.saveMask({ name: 'Mask', role: 'ood', expression: 'x > 1' })
  } finally {
    project.close()
  }
}

parentPort!.on('message', async (path: string) => {
  try {
    await use(path)
    parentPort!.postMessage({ code: 'ok', message: '' })
  } catch (cause) {
    const { code, message } = asHalolawError(cause)
    parentPort!.postMessage({ code, message: code === 'internal' ? String((cause as Error).stack) : message })
  }
})
parentPort!.postMessage('ready')
