// Electron's binary, and a display for the desktop window.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { root, runNode, tool } from './project.mjs'

export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

/** The path of Electron's binary, or null if it is not installed. */
export function electronBinary() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  const folder = join(root, 'node_modules', 'electron')
  const pathFile = join(folder, 'path.txt')
  if (!override && !existsSync(pathFile)) return null
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : 'electron'
  const path = join(override ?? join(folder, 'dist'), name)
  return existsSync(path) ? path : null
}

/** Downloads Electron's binary with its package's script; returns null within seconds if the mirror cannot be reached. */
export async function fetchElectron() {
  if (process.env.ELECTRON_SKIP_BINARY_DOWNLOAD) return null
  const mirror = process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror ?? 'https://github.com'
  try {
    await fetch(mirror, { method: 'HEAD', signal: AbortSignal.timeout(5000) })
  } catch {
    return null
  }
  console.error('Downloading Electron (about 120 MB, once) ...')
  await runNode([tool('electron/install.js')], { stdio: ['ignore', 'ignore', 'ignore'] })
  return electronBinary()
}

/** As root, and only then, Electron starts without its sandbox. */
export function sandboxFlags() {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : []
}

/**
 * Runs the desktop window until it is closed.
 * @returns {Promise<number | null>} its exit code, or null if it did not start
 */
export function runDesktop(binary, args) {
  return new Promise((resolve) => {
    const started = Date.now()
    const flags = sandboxFlags()
    if (flags.length > 0)
      console.error(
        'The window runs without its sandbox, because Electron does not start with one as root; run Halolaw as another user.'
      )
    const env = { ...process.env }
    delete env.ELECTRON_RUN_AS_NODE
    const child = spawn(binary, [...flags, root, ...args], { stdio: 'inherit', env })
    child.on('error', () => resolve(null))
    child.on('close', (code) => resolve(code !== 0 && Date.now() - started < 10_000 ? null : (code ?? 1)))
  })
}

/**
 * Shows an address in the system's browser; false where there is none to show it in. The address carries the token, and
 * every user of the machine can read command lines: the browser gets a file, readable by this user alone, that leads there.
 */
export function openBrowser(address) {
  if (!hasDisplay()) return false
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? 'xdg-open'
  const folders = (process.env.PATH ?? '').split(delimiter)
  if (process.platform === 'linux' && !folders.some((folder) => existsSync(join(folder, opener)))) return false
  const folder = mkdtempSync(join(tmpdir(), 'halolaw-open-'))
  const page = join(folder, 'halolaw.html')
  const target = address.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  writeFileSync(page, `<!doctype html><meta http-equiv="refresh" content="0; url=${target}">`, { mode: 0o600 })
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  spawn(opener, [page], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
  return true
}
