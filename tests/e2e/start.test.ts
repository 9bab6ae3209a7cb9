import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../src-main/native.ts'

test('npm start without a display serves the same window to the browser and says so', async () => {
  const env: NodeJS.ProcessEnv = { ...process.env, HALOLAW_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'halolaw-start-')) }
  delete env.DISPLAY
  delete env.WAYLAND_DISPLAY
  // Where there always is a display, the browser is asked for.
  if (process.platform !== 'linux') env.HALOLAW_SHELL = 'browser'
  const child = spawn(process.execPath, [join(projectRoot(), 'scripts', 'start.mjs'), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env
  })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  try {
    const address = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        const url = /https?:\/\/\S+/.exec(String(chunk))?.[0]
        if (url) resolve(url)
      })
      void ended.then(() => reject(new Error(output)))
    })
    expect(output).toMatch(/the same window opens in your browser/)
    const response = await fetch(address)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('<title>Halolaw</title>')
    const policy = response.headers.get('content-security-policy')!.split('; ')
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'"]))
    expect(policy.join()).not.toContain('unsafe-eval')
  } finally {
    child.kill()
    await ended
  }
})
