// One of two processes of two-writers.ts: opens projects, saves runs in them and copies them over each other, at random.
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { HalolawError } from '../../src-shared/errors.ts'
import { createProject, openProject, type Project } from '../../src-main/project/project.ts'
import { Random } from '../../src-main/random.ts'
import { defaultRunConfig } from '../../src-main/run/method/default-config.ts'

const [log, seed, ...paths] = process.argv.slice(2)
const random = new Random(Number(seed))
const config = { ...defaultRunConfig(null, { map: {}, boxSize: null }), catalog: '/catalogs/a.h5' }
let project: Project | null = null
let serial = 0

function open(path: string): Project {
  return existsSync(path) ? openProject(path) : createProject(path)
}

function note(kind: 'saved' | 'replacing' | 'replaced' | 'refused', path: string, name = ''): void {
  appendFileSync(log, `${kind} ${path} ${performance.timeOrigin + performance.now()} ${name}\n`)
}

for (let step = 0; step < 25; step++) {
  await setTimeout(random.integer(30))
  try {
    project ??= open(paths[random.integer(paths.length)])
    const action = random.integer(10)
    if (action < 6) {
      const name = `${seed}-${++serial}`
      const { id } = project.runs.create(config, name)
      project.runs.savePredictions(id, 'gnn', new Float32Array(20_000).fill(serial))
      note('saved', project.path, name)
    } else if (action < 8) {
      const target = paths[random.integer(paths.length)]
      note('replacing', target)
      const copy: Project = await project.saveAs(target).catch((cause: unknown) => {
        note('refused', target)
        throw cause
      })
      note('replaced', target)
      project.close()
      project = copy
    } else {
      project.close()
      project = null
    }
  } catch (cause) {
    // The lock exists to cause these refusals.
    if (!(cause instanceof HalolawError) || cause.code === 'internal') throw cause
    if (random.integer(2) === 0) {
      project?.close()
      project = null
    }
  }
}
project?.close()
process.exit(0)
