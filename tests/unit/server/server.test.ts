import { tableFromIPC } from 'apache-arrow'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import WebSocket from 'ws'
import { localBackend } from '../../../src-main/service/local-backend.ts'
import type { Service } from '../../../src-main/service/index.ts'
import { startServer, type RunningServer } from '../../../src-main/server/index.ts'
import { sampleCatalog, scriptedService } from '../../fixtures/service.ts'

let folder: string
let service: Service
let server: RunningServer
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-server-'))
  process.env.HALOLAW_CONFIG_DIR = join(folder, 'config')
  mkdirSync(join(folder, 'renderer/assets'), { recursive: true })
  writeFileSync(join(folder, 'renderer/index.html'), '<!doctype html><title>Halolaw</title>')
  writeFileSync(join(folder, 'renderer/assets/main.js'), 'export {}')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  service = scriptedService()
  server = await startServer({
    backend: localBackend(service),
    port: 0,
    renderer: join(folder, 'renderer'),
    maxUpload: 1000
  })
})
afterEach(async () => {
  await server.close()
  await service.close()
  rmSync(folder, { recursive: true, force: true })
})

const at = (path: string): URL => new URL(path, server.address)
const withToken = (path: string): URL => {
  const url = at(path)
  url.searchParams.set('token', new URL(server.address).searchParams.get('token')!)
  return url
}

/** Node's fetch does not let Host be set. */
function statusOf(url: URL, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
      .on('error', reject)
      .end()
  })
}

function openSocket(url: URL, origin?: string): Promise<WebSocket> {
  url.protocol = 'ws:'
  const socket = new WebSocket(url, { origin })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}

class Caller {
  private nextId = 1
  readonly events: { event: string; data: unknown }[] = []
  private readonly socket: WebSocket

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? null : (JSON.parse(String(data)) as { event?: string; data: unknown })
      if (message?.event) this.events.push({ event: message.event, data: message.data })
    })
  }

  call(method: string, params: unknown): Promise<{ result?: unknown; error?: { code: string; message: string } }> {
    const id = this.nextId++
    return new Promise((resolve) => {
      const listen = (data: WebSocket.RawData, isBinary: boolean): void => {
        const bytes = data as Buffer
        const message = isBinary
          ? { id: bytes.readUInt32LE(0), result: new Uint8Array(bytes.subarray(4)) }
          : (JSON.parse(String(bytes)) as { id?: number; result: unknown })
        if (message.id !== id) return
        this.socket.off('message', listen)
        resolve(message)
      }
      this.socket.on('message', listen)
      this.socket.send(JSON.stringify({ id, method, params }))
    })
  }
}

test('only the page and its files are served, with a strict policy', async () => {
  const page = await fetch(server.address)
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('Halolaw')
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
  expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  expect((await fetch(at('/assets/main.js'))).headers.get('content-type')).toMatch('text/javascript')
  expect((await fetch(at('/'))).status).toBe(403)
  expect((await fetch(at('/?token=wrong'))).status).toBe(403)
  expect((await fetch(at('/assets/none.js'))).status).toBe(404)
  for (const path of ['/..%2fsecret.txt', '/assets/..%2f..%2fsecret.txt', '/%2e%2e/secret.txt', '/%00', '/%E0%A4%A'])
    expect((await fetch(at(path))).status).toBe(404)
  expect((await fetch(withToken('/'), { method: 'DELETE' })).status).toBe(405)
})

test('other sites and rebound names are refused', async () => {
  const { host } = new URL(server.address)
  expect(await statusOf(withToken('/'), { host })).toBe(200)
  expect(await statusOf(withToken('/'), { host: 'evil.example' })).toBe(403)
  expect(await statusOf(withToken('/'), { host, origin: 'http://evil.example' })).toBe(403)
  await expect(openSocket(at('/ws'))).rejects.toThrow('403')
  await expect(openSocket(at('/ws?token=wrong'))).rejects.toThrow('403')
  await expect(openSocket(withToken('/ws'), 'http://evil.example')).rejects.toThrow('403')
  await expect(openSocket(withToken('/other'))).rejects.toThrow('403')
  const socket = await openSocket(withToken('/ws'), `http://${host}`)
  socket.terminate()
})

test('the contract over a real socket: answers, errors, columns as bytes, events', async () => {
  const caller = new Caller(await openSocket(withToken('/ws')))
  expect((await caller.call('app.info', {})).result).toMatchObject({ shell: 'browser', sampleCatalog })
  expect((await caller.call('catalog.open', { path: sampleCatalog })).result).toMatchObject({ halos: 37_239 })
  const { result } = await caller.call('catalog.columns', { columns: ['x', 'mass'] })
  const table = tableFromIPC(result as Uint8Array)
  expect(table.numRows).toBe(37_239)
  expect(table.schema.fields.map(({ name }) => name)).toEqual(['x', 'mass'])
  expect(caller.events.map(({ event }) => event)).toContain('project.changed')
  expect((await caller.call('catalog.open', { path: '/none.h5' })).error).toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('/none.h5')
  })
  expect((await caller.call('nothing', {})).error?.code).toBe('not-found')
})

test('a dropped file is uploaded and opens; one that is too large is refused', async () => {
  const rows = Array.from({ length: 5 }, (_, i) => `${i},${i},${i},1e13`).join('\n')
  const body = `x,y,z,mass\n${rows}\n`
  const answer = await fetch(withToken('/upload?name=..%2f..%2fmy+halos.csv'), { method: 'POST', body })
  const { path } = (await answer.json()) as { path: string }
  expect(path).toMatch(/halolaw-upload-[^/]+\/my halos\.csv$/)
  expect(readFileSync(path, 'utf8')).toBe(body)
  const caller = new Caller(await openSocket(withToken('/ws')))
  expect((await caller.call('catalog.open', { path })).result).toMatchObject({ halos: 5 })
  rmSync(join(path, '..'), { recursive: true })

  const large = 'x'.repeat(2000)
  expect((await fetch(withToken('/upload?name=a.csv'), { method: 'POST', body: large })).status).toBe(413)
  const stream = new ReadableStream({
    start(controller) {
      for (let k = 0; k < 20; k++) controller.enqueue(Buffer.from('x'.repeat(100)))
      controller.close()
    }
  })
  const streaming = { method: 'POST', body: stream, duplex: 'half' }
  const streamed = await fetch(withToken('/upload?name=a.csv'), streaming)
  expect(streamed.status).toBe(413)
  expect(await streamed.text()).toMatch(/larger than/)
  expect((await fetch(at('/upload?name=a.csv'), { method: 'POST', body })).status).toBe(403)
})

test('a port in use is reported', async () => {
  const port = Number(new URL(server.address).port)
  await expect(startServer({ backend: localBackend(service), port, renderer: folder })).rejects.toThrow(
    `Port ${port} is in use`
  )
})
