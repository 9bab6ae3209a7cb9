#!/usr/bin/env node
// Starts the built command line on the Node that the project pins.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cli = join(root, 'out', 'main', 'cli.js')
if (!existsSync(cli)) {
  console.error('halolaw: the program has not been built yet; run "npm run build" in ' + root + ' first.')
  process.exit(1)
}
const pinned = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
if (Number(process.versions.node.split('.')[0]) >= 24 || !existsSync(pinned)) {
  await import(cli)
} else {
  const { status, signal } = spawnSync(pinned, [cli, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exit(status ?? (signal ? 128 : 1))
}
