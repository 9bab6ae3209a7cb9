// Shared by all scripts: the project's root, its pinned Node, and an up-to-date build.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const stamp = join(root, 'out', '.built')
const sources = [
  'src-shared',
  'src-main',
  'src-preload',
  'src-renderer',
  'electron.vite.config.ts',
  'package-lock.json'
]

/** Prints one sentence and ends the script with exit code 1. */
export function fail(sentence) {
  console.error(`halolaw: ${sentence}`)
  process.exit(1)
}

/** The Node that the project pins, or this Node if the pinned one is not installed and this one is new enough. */
export function pinnedNode() {
  const path = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(path)) return path
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  return fail(`The packages are not installed in ${root}; run "npm ci" there first.`)
}

/** Runs the pinned Node in the project's root; resolves with the exit code and any piped output. */
export function runNode(args, { stdio = 'inherit', env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(pinnedNode(), args, { cwd: root, stdio, env })
    const output = []
    child.stdout?.on('data', (chunk) => output.push(chunk))
    child.stderr?.on('data', (chunk) => output.push(chunk))
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve({ code: code ?? (signal ? 128 : 1), output: Buffer.concat(output).toString() })
    )
  })
}

/** The script of an installed package, to run on the pinned Node instead of the one in PATH. */
export function tool(path) {
  return join(root, 'node_modules', ...path.split('/'))
}

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs)
}

function isBuildStale() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return sources.some((path) => newest(join(root, path)) > built)
}

/** Builds the native kernels and the program if their sources have changed. */
export async function ensureBuilt() {
  const native = await runNode([join(root, 'scripts', 'build-native.mjs')])
  if (native.code !== 0) process.exit(native.code)
  if (!isBuildStale()) return
  const started = Date.now()
  process.stderr.write('Building Halolaw ... ')
  const { code, output } = await runNode([tool('electron-vite/bin/electron-vite.js'), 'build'], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  if (code !== 0) {
    console.error(`\n${output}`)
    fail("The program could not be built; see the builder's messages above.")
  }
  mkdirSync(dirname(stamp), { recursive: true })
  // Stamped with the start of the build, so that files edited meanwhile count as changed.
  writeFileSync(stamp, new Date(started).toISOString())
  utimesSync(stamp, started / 1000, started / 1000)
  console.error(`done in ${((Date.now() - started) / 1000).toFixed(0)} s`)
}
