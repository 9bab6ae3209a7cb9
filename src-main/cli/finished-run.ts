import type { RunSummary } from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import type { Project } from '../project/project.ts'

/**
 * The run that a command names, or the last finished one.
 * @throws HalolawError `bad-input` for an unknown name, and for a project without a finished run
 */
export function runOf(project: Pick<Project, 'runs'>, path: string, id: string | undefined): RunSummary {
  if (id !== undefined) return project.runs.get(id)
  const run = project.runs.list().findLast(({ state }) => state === 'done')
  if (!run) throw badInput(`${path} has no finished run; finish one with "halolaw run --resume ${path}".`)
  return run
}
