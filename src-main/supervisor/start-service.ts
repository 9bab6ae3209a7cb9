import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectRoot } from '../native.ts'
import { ServiceProcess, type ServiceProcessOptions } from './service-process.ts'

/** Start data of the service; ServiceOptions in src-main/service documents each member. */
export interface ServiceStart {
  shell: 'desktop' | 'browser'
  openAtStart: string | null
  writableFolders?: string[]
}

/** Starts the service on the Node version that the project pins. */
export function startService(
  options: ServiceStart,
  handlers: Pick<ServiceProcessOptions, 'onEvent' | 'onState'>
): ServiceProcess {
  const root = projectRoot()
  const node = process.platform === 'win32' ? 'node.exe' : 'node'
  return new ServiceProcess({
    execPath: process.versions.electron ? join(root, 'node_modules', 'node', 'bin', node) : process.execPath,
    script: serviceScript(root),
    // A restarted service reopens what was open, not what the command line named.
    args: (start) => [JSON.stringify(start === 'again' ? { ...options, openAtStart: null } : options)],
    ...handlers
  })
}

/** In the sources if this file is there, next to the shells in the build. */
function serviceScript(root: string): string {
  const isSource = fileURLToPath(import.meta.url).endsWith('.ts')
  return isSource ? join(root, 'src-main', 'service', 'process.ts') : join(root, 'out', 'main', 'service.js')
}
