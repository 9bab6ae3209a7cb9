import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectRoot } from '../native.ts'
import { ServiceProcess, type ServiceProcessOptions } from './service-process.ts'

/** What the service has to know from the start; ServiceOptions in src-main/service says what each member means. */
export interface ServiceStart {
  shell: 'desktop' | 'browser'
  openAtStart: string | null
  writableFolders?: string[]
}

/** Starts the service on the Node that the project pins. */
export function startService(
  options: ServiceStart,
  handlers: Pick<ServiceProcessOptions, 'onEvent' | 'onState'>
): ServiceProcess {
  const root = projectRoot()
  const node = process.platform === 'win32' ? 'node.exe' : 'node'
  return new ServiceProcess({
    execPath: process.versions.electron ? join(root, 'node_modules', 'node', 'bin', node) : process.execPath,
    script: serviceScript(root),
    // Started again, it returns to what was open and not to what the command line named.
    args: (start) => [JSON.stringify(start === 'again' ? { ...options, openAtStart: null } : options)],
    ...handlers
  })
}

/** Among the sources where this file is one of them, beside the shells in the build. */
function serviceScript(root: string): string {
  const isSource = fileURLToPath(import.meta.url).endsWith('.ts')
  return isSource ? join(root, 'src-main', 'service', 'process.ts') : join(root, 'out', 'main', 'service.js')
}
