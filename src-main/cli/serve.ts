import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { ServiceState } from '../../src-shared/contract.ts'
import { badInput, HalolawError } from '../../src-shared/errors.ts'
import { projectRoot } from '../native.ts'
import { startServer, type RunningServer } from '../server/index.ts'
import type { ServiceProcess } from '../supervisor/service-process.ts'
import { startService, type ServiceStart } from '../supervisor/start-service.ts'
import { numberFrom } from './arguments.ts'
import { defineCommand } from './command.ts'
import { print, printJson } from './output.ts'

export const serve = defineCommand({
  name: 'serve',
  summary: 'opens the workbench in a browser on this machine',
  arguments: ['[PROJECT|CATALOG]'],
  about: `Prints one line with the address, including its token, when the server is ready. Ctrl+C stops it.

Projects are saved in the current folder, in the folder of the file named, in those that files are opened from, and in
those named by --writable.`,
  options: {
    '--port N': 'default: any free port',
    '--writable FOLDER...': 'a folder that projects may be saved to',
    '--json': 'prints the line as JSON: {"address": ...}'
  },

  async run(values, positionals) {
    const port = numberFrom('port', values.port, { integer: true, least: 0, most: 65_535 }) ?? 0
    const openAtStart = positionals[0] === undefined ? null : resolve(positionals[0])
    if (openAtStart !== null && !existsSync(openAtStart))
      throw badInput(`There is no file ${openAtStart}; check the name.`)
    const renderer = join(projectRoot(), 'out', 'renderer')
    if (!existsSync(join(renderer, 'index.html')))
      throw new HalolawError('not-found', `The window is not built; run "npm run build" in ${projectRoot()} first.`)

    const writableFolders = (values.writable ?? []).map((folder) => resolve(folder))
    const missing = writableFolders.find((folder) => !existsSync(folder))
    if (missing) throw badInput(`There is no folder ${missing}; make it, or name another with --writable.`)
    writableFolders.push(process.cwd(), ...(openAtStart === null ? [] : [dirname(openAtStart)]))
    let server: RunningServer | null = null
    const start: ServiceStart = { shell: 'browser', openAtStart, writableFolders }
    const service = await startedService(start, (state) => server?.follow(state))
    try {
      server = await startServer({ backend: service, port, renderer })
      if (values.json) printJson({ address: server.address })
      else print(`Halolaw is ready at ${server.address}`)
      await stopSignal()
      await server.close()
    } finally {
      await service.stop()
    }
  }
})

/**
 * Resolves with the service once it answers.
 * @param onChange called when it stops later, and when it answers again
 */
function startedService(start: ServiceStart, onChange: (state: ServiceState) => void): Promise<ServiceProcess> {
  return new Promise((resolve, reject) => {
    let isStarted = false
    const service = startService(start, {
      onEvent: () => {},
      onState(state, message) {
        if (message) process.stderr.write(`halolaw: ${message}\n`)
        if (isStarted) onChange(state)
        else if (state === 'up') {
          isStarted = true
          resolve(service)
        } else if (service.isGivenUp)
          reject(
            new HalolawError(
              'internal',
              'The service does not start; the lines above say why, and "npm run build:native" builds its kernels again.'
            )
          )
      }
    })
  })
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
