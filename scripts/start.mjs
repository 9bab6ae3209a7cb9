// `npm start [-- CATALOG|PROJECT]`: the desktop window; where Electron's binary or a display cannot be had, the same
// window in the browser. HALOLAW_SHELL=browser asks for the browser at once.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { electronBinary, fetchElectron, hasDisplay, openBrowser, runDesktop } from './lib/desktop.mjs'
import { ensureBuilt, pinnedNode, root } from './lib/project.mjs'

/** Serves the window to a browser on this machine until it is stopped. */
function serve(args) {
  const child = spawn(pinnedNode(), [join(root, 'out', 'main', 'cli.js'), 'serve', ...args], {
    stdio: ['inherit', 'pipe', 'inherit']
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  let announced = false
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk)
    const address = /https?:\/\/\S+/.exec(String(chunk))?.[0]
    if (!address || announced) return
    announced = true
    if (!openBrowser(address)) console.error('Open this address in a browser on this machine; Ctrl+C ends it.')
  })
  child.on('close', (code) => process.exit(code ?? 0))
}

/** Why the desktop window is not shown; null once it was, and was closed. */
async function tryDesktop(args) {
  if (process.env.HALOLAW_SHELL === 'browser') return 'The browser was asked for'
  if (!hasDisplay()) return 'There is no display for the desktop window'
  const binary = electronBinary() ?? (await fetchElectron())
  if (!binary) return "Electron's binary is not here and could not be fetched"
  const code = await runDesktop(binary, args)
  if (code === null) return 'The desktop window could not be shown (its message is above)'
  process.exit(code)
}

await ensureBuilt()
const args = process.argv.slice(2)
const reason = await tryDesktop(args)
console.error(`${reason}, so the same window is served to the browser:`)
serve(args)
