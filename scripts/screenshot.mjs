// `node scripts/screenshot.mjs [PROJECT]`: takes docs/screenshot.png, the window with a finished run of the project, or
// of a quick run on the bundled simulation.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { chromiumArguments, ensureChromium, whatToInstall } from './lib/chromium.mjs'
import { ensureBuilt, fail, pinnedNode, root, runNode } from './lib/project.mjs'

const cli = join(root, 'out', 'main', 'cli.js')
const folder = mkdtempSync(join(tmpdir(), 'halolaw-screenshot-'))

async function finishedProject() {
  if (process.argv[2]) return process.argv[2]
  const project = join(folder, 'fastpm-500-z0.halolaw')
  const catalog = join(root, 'resources', 'fastpm-500-z0.h5')
  const { code } = await runNode([cli, 'run', catalog, '--preset', 'quick', '--test', 'x > 400', '--out', project])
  if (code !== 0) process.exit(code)
  return project
}

function serve(project) {
  const child = spawn(pinnedNode(), [cli, 'serve', '--port', '0', project], { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve) => {
    child.stdout.on('data', (chunk) => {
      const address = /https?:\/\/\S+/.exec(String(chunk))?.[0]
      if (address) resolve({ child, address })
    })
  })
}

await ensureBuilt()
const executablePath = await ensureChromium()
if (!executablePath) fail(whatToInstall)
const { child, address } = await serve(await finishedProject())
const browser = await chromium.launch({ executablePath, args: chromiumArguments })
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' })
await page.goto(address)
await page.getByTestId('run-item').first().waitFor()
await page.getByTestId('tab-first-front').click()
await page.getByTestId('tab-second-comparison').click()
await page.getByTestId('comparison-table').waitFor()
await page.locator('.katex').first().waitFor()
await page.getByTestId('field-canvas').waitFor()
await page.waitForLoadState('networkidle')
await page.screenshot({ path: join(root, 'docs', 'screenshot.png') })
await browser.close()
child.kill()
rmSync(folder, { recursive: true, force: true })
console.log('docs/screenshot.png')
