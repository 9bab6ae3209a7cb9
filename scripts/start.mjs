// `npm start [-- CATALOG|PROJECT]`: opens the desktop window. Without a display, or if Electron cannot be downloaded, the same
// window opens in the browser. HALOLAW_SHELL=browser opens the browser directly.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { electronBinary, fetchElectron, hasDisplay, openBrowser, runDesktop } from './lib/desktop.mjs'
import { ensureBuilt, pinnedNode, root } from './lib/project.mjs'

/** Serves the window to a browser on this machine until Ctrl+C. */
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
    if (!openBrowser(address)) console.error('Open this address in a browser on this machine; press Ctrl+C to stop.')
  })
  child.on('close', (code) => process.exit(code ?? 0))
}

/** Shows the desktop window and exits with it, or returns why it cannot be shown. */
async function tryDesktop(args) {
  if (process.env.HALOLAW_SHELL === 'browser') return 'HALOLAW_SHELL is browser'
  if (!hasDisplay()) return 'There is no display for the desktop window'
  const binary = electronBinary() ?? (await fetchElectron())
  if (!binary) return 'Electron is not installed and could not be downloaded'
  const code = await runDesktop(binary, args)
  if (code === null) return 'The desktop window did not start (see its message above)'
  process.exit(code)
}

await ensureBuilt()
const args = process.argv.slice(2)
const reason = await tryDesktop(args)
console.error(`${reason}; the same window opens in your browser:`)
serve(args)
