import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { projectRoot } from '../../src-main/native.ts'
import { needs } from '../fixtures/needs.ts'

const child = spawn(process.execPath, [join(projectRoot(), 'scripts', 'dev.mjs')], {
  stdio: ['ignore', 'pipe', 'pipe'],
  env: { ...process.env, HALOLAW_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'halolaw-dev-')) }
})
const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
let messages = ''
child.stderr.on('data', (chunk: Buffer) => (messages += String(chunk)))
let address: URL

beforeAll(async () => {
  address = await new Promise<URL>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const url = /https?:\/\/\S+/.exec(String(chunk))?.[0]
      if (url) resolve(new URL(url))
    })
    void ended.then(() => reject(new Error(messages)))
  })
})

afterAll(async () => {
  child.kill()
  await ended
})

/** Answers of the service to one ping; an error where the socket is refused. */
function ping(token: string, origin = address.origin): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${address.host}/ws?token=${token}`, { origin })
    socket.on('open', () => socket.send(JSON.stringify({ id: 1, method: 'app.ping', params: {} })))
    socket.on('message', (data) => {
      const text = String(data)
      if (!text.includes('"id":1')) return
      resolve(text)
      socket.close()
    })
    socket.on('error', reject)
  })
}

/** Process ids below this one, on systems that list processes in /proc. */
function descendants(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
        return [{ pid: Number(name), parent: Number(fields[1]) }]
      } catch {
        return []
      }
    })
  const below = (one: number): number[] =>
    parents.filter(({ parent }) => parent === one).flatMap((process) => [process.pid, ...below(process.pid)])
  return below(pid)
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('serves the page from its sources, ready for hot reload', async () => {
  const page = await (await fetch(address)).text()
  expect(page).toContain('<title>Halolaw</title>')
  expect(page).toContain('/@vite/client')
  const script = await fetch(new URL('/main.ts', address))
  expect(script.status).toBe(200)
  expect(await script.text()).toContain('.svelte')
})

test('passes the web socket on to the service, for its own token and origin only', async () => {
  const token = address.searchParams.get('token') ?? ''
  expect(JSON.parse(await ping(token))).toEqual({ id: 1, result: { now: expect.any(Number) } })
  await expect(ping('wrong')).rejects.toThrow()
  await expect(ping(token, 'http://elsewhere.example')).rejects.toThrow()
})

test('passes uploads on to the service, for its own token only', async () => {
  const upload = (token: string): Promise<Response> => {
    const url = new URL(`/upload?${new URLSearchParams({ token, name: 'halos.csv' })}`, address)
    return fetch(url, { method: 'POST', body: 'x,y,z\n1,2,3\n', headers: { origin: address.origin } })
  }
  const accepted = await upload(address.searchParams.get('token') ?? '')
  expect(accepted.status).toBe(200)
  expect(await accepted.json()).toEqual({ path: expect.stringMatching(/halos\.csv$/) })
  expect((await upload('wrong')).status).toBe(403)
})

needs(process.platform === 'linux', 'processes listed in /proc')(
  'ends with every process that it started',
  async () => {
    const started = descendants(child.pid ?? 0)
    expect(started.length).toBeGreaterThanOrEqual(2)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    await expect.poll(() => started.filter(isAlive)).toEqual([])
  }
)
