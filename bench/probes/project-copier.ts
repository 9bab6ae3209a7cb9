// Saves two projects under the same two names, in turn, until it is killed: once over an existing project, once where
// there is none. Writes a line when it begins.
import { rmSync } from 'node:fs'
import { openProject } from '../../src-main/project/project.ts'

const [existing, fresh, ...sources] = process.argv.slice(2)
const projects = sources.map((source) => openProject(source))
process.stdout.write('ready\n')
for (let n = 0; ; n++) {
  const project = projects[n % projects.length]
  await project.copyTo(existing)
  await project.copyTo(fresh)
  rmSync(fresh)
}
