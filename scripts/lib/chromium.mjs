// Finds a Chromium for the window's tests: HALOLAW_CHROMIUM, the system's, Playwright's, or the distribution's package.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const applications = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'
]

/** Arguments that let the 3D field draw without a graphics card and in containers. */
export const chromiumArguments = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist'
]

export const whatToInstall =
  'No Chromium was found for the window\'s tests; install one (Debian: "sudo apt-get install chromium"; elsewhere: ' +
  '"npx playwright install --with-deps chromium") or set HALOLAW_CHROMIUM to its path, then repeat.'

/** Whether the program starts: Ubuntu's chromium-browser may be a stub that asks for a snap. */
function answers(path) {
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0
}

function onPath() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name)))
}

async function playwrightChromium() {
  const { chromium } = await import('playwright')
  return chromium.executablePath()
}

/** @returns {Promise<string | null>} the path of a Chromium that starts, or null */
export async function findChromium() {
  const choice = process.env.HALOLAW_CHROMIUM
  if (choice) return existsSync(choice) ? choice : null
  const candidates = [...onPath(), ...applications, await playwrightChromium()]
  return candidates.find((path) => existsSync(path) && answers(path)) ?? null
}

/** Like findChromium, but installs the distribution's package if it can: as root, with apt-get. */
export async function ensureChromium() {
  const chromium = await findChromium()
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && !process.env.HALOLAW_CHROMIUM
  if (chromium || !mayInstall) return chromium
  console.error('No Chromium was found; installing the distribution\'s package ("apt-get install chromium") ...')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium']
  ])
    spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env })
  return findChromium()
}
