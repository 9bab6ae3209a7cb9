import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { badInput, HalolawError } from '../../src-shared/errors.ts'
import { projectRoot } from '../native.ts'
import { startServer } from '../server/index.ts'
import { createService } from '../service/index.ts'
import { numberFrom, readArguments } from './arguments.ts'
import type { CliCommand } from './command.ts'
import { print, printJson } from './output.ts'

export const serve: CliCommand = {
  summary: 'opens the workbench in a browser on this machine',
  help: `halolaw serve [--port N] [PROJECT|CATALOG]

Prints one line with the address, its token included, when it is ready; Ctrl+C ends it.

  --port N   default: any free port
  --json     the line as JSON: {"address": ...}`,

  async run(args) {
    const { values, positionals } = readArguments('serve', args, ['[PROJECT|CATALOG]'], { port: { type: 'string' } })
    const port = numberFrom('port', values.port, { integer: true, least: 0, most: 65_535 }) ?? 0
    const openAtStart = positionals[0] === undefined ? null : resolve(positionals[0])
    if (openAtStart !== null && !existsSync(openAtStart))
      throw badInput(`There is no file ${openAtStart}; check the name.`)
    const renderer = join(projectRoot(), 'out', 'renderer')
    if (!existsSync(join(renderer, 'index.html')))
      throw new HalolawError(
        'not-found',
        `The window has not been built; run "npm run build" in ${projectRoot()} first.`
      )

    const service = createService({ shell: 'browser', openAtStart })
    try {
      const server = await startServer({ service, port, renderer })
      if (values.json) printJson({ address: server.address })
      else print(`Halolaw is ready at ${server.address}`)
      await stopAsked()
      await server.close()
    } finally {
      await service.close()
    }
  }
}

function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
