import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectRoot } from '../../native.ts'

/** The program that a run's process starts: next to this file in the sources, next to the shells in the build. */
export function jobEntry(): string {
  const here = fileURLToPath(import.meta.url)
  return here.endsWith('.ts') ? join(dirname(here), 'job.ts') : join(projectRoot(), 'out', 'main', 'job.js')
}
