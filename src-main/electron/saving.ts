import { resolve } from 'node:path'
import type { Answer } from '../../src-shared/bridge.ts'

/**
 * Where the window may save projects: at the paths that the system's dialog returned, because a person chose them there, and
 * at the path of the open project.
 */
export class ChosenPaths {
  private readonly paths = new Set<string>()

  add(path: string): void {
    this.paths.add(resolve(path))
  }

  /** The refusal of a call that saves elsewhere; null for every other call. */
  refusal(method: string, params: unknown, projectPath: string | null): Answer | null {
    if (method !== 'project.saveAs') return null
    const path = pathIn(params)
    if (path === null) return null // The service says what is wrong with the parameters.
    if (path === projectPath || this.paths.has(path)) return null
    return {
      error: {
        code: 'bad-input',
        message: `The window may not save a project as ${JSON.stringify(path)}, because no file dialog returned this path; choose the file with "Save project as…".`
      }
    }
  }
}

function pathIn(params: unknown): string | null {
  if (typeof params !== 'object' || params === null || !('path' in params)) return null
  return typeof params.path === 'string' ? params.path : null
}
