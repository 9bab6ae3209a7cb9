#!/usr/bin/env node
// Starts the built command line on the project's pinned Node.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cli = join(root, 'out', 'main', 'cli.js')
if (!existsSync(cli)) {
  console.error('halolaw: the program is not built yet; run "npm run build" in ' + root + ' first.')
  process.exit(1)
}
const pinned = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
if (Number(process.versions.node.split('.')[0]) >= 24 || !existsSync(pinned)) {
  await import(cli)
} else {
  const child = spawn(pinned, [cli, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl+C to both processes; any other signal reaches this one alone and is passed on.
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !hasTerminal) child.kill(signal)
    })
  child.on('error', (error) => {
    console.error(`halolaw: ${pinned} cannot be started (${error.code}); run "npm ci" in ${root} again.`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}
