import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type RunningServer } from '../../src-main/server/index.ts'
import type { Service } from '../../src-main/service/index.ts'
import { localBackend } from '../../src-main/service/local-backend.ts'
import { parameterNames } from '../../src-main/service/params.ts'
import { ask, sampleCatalog, scriptedService } from '../fixtures/service.ts'
import { contractCalls } from '../../bench/probes/contract-calls.ts'
import { hostileRequests } from '../../bench/probes/hostile-requests.ts'
import { mutatedCatalogs } from '../../bench/probes/mutated-catalogs.ts'

// The same probes at full size: npm run bench:probes.

let folder: string
let service: Service
let server: RunningServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-probes-'))
  process.env.HALOLAW_CONFIG_DIR = join(folder, 'config')
  mkdirSync(join(folder, 'renderer'))
  writeFileSync(join(folder, 'renderer/index.html'), '<!doctype html><title>Halolaw</title>')
  service = scriptedService({ writableFolders: [folder] })
  server = await startServer({ backend: localBackend(service), port: 0, renderer: join(folder, 'renderer') })
})
afterAll(async () => {
  await server.close()
  await service.close()
  rmSync(folder, { recursive: true, force: true })
})

test('no malformed request or socket ends the server or leaves it hanging', async () => {
  const outcome = await hostileRequests(server.address, 400, 1)
  expect(outcome).toEqual({ requests: 400, ends: 0, hangs: 0 })
})

test('a project is saved in a folder that was named or opened from, and nowhere else', async () => {
  const backend = localBackend(service)
  const saveAs = (path: string): ReturnType<typeof backend.call> => backend.call('project.saveAs', { path })
  expect(await saveAs(join(folder, 'here.halolaw'))).toHaveProperty('result')
  mkdirSync(join(folder, 'deeper'))
  expect(await saveAs(join(folder, 'deeper', 'here.halolaw'))).toHaveProperty('result')
  const elsewhere = mkdtempSync(join(tmpdir(), 'halolaw-elsewhere-'))
  symlinkSync(elsewhere, join(folder, 'link'))
  for (const path of [
    join(elsewhere, 'a.halolaw'),
    join(folder, 'link', 'a.halolaw'),
    join(folder, '..', 'a.halolaw'),
    `${folder}-beside/a.halolaw`
  ])
    expect(await saveAs(path)).toMatchObject({
      error: { code: 'bad-input', message: expect.stringContaining('--writable') }
    })
  expect(await saveAs(join(folder, '.bashrc'))).toMatchObject({ error: { code: 'bad-input' } })
  writeFileSync(
    join(elsewhere, 'c.csv'),
    `x,y,z\n${Array.from({ length: 9 }, (_, i) => `${i},${i},${i}`).join('\n')}\n`
  )
  expect(await backend.call('catalog.open', { path: join(elsewhere, 'c.csv') })).toHaveProperty('result')
  expect(await saveAs(join(elsewhere, 'a.halolaw'))).toHaveProperty('result')
  await ask(service, 'project.new', {})
  rmSync(elsewhere, { recursive: true })
})

test('no call of the contract causes an internal error, whatever its parameters', async () => {
  await ask(service, 'catalog.open', { path: sampleCatalog })
  const { calls, codes, mistakes } = await contractCalls(localBackend(service), parameterNames(), 600, 2)
  expect(mistakes).toEqual([])
  expect(calls).toBe(600)
  // Both kinds of calls were made: those that fit, and those that are refused.
  expect(codes.ok).toBeGreaterThan(50)
  expect(codes['bad-input']).toBeGreaterThan(100)
})

test('a mutated catalog is read or refused in one sentence about the file', async () => {
  const place = mkdtempSync(join(folder, 'mutated-'))
  const { crashes, hangs, large, traces, codes } = await mutatedCatalogs(place, 400, 3)
  expect({ crashes, hangs, large, traces }).toEqual({ crashes: [], hangs: [], large: [], traces: [] })
  expect(Object.keys(codes).sort()).toEqual(['bad-input', 'ok'])
  expect(codes['bad-input']).toBeGreaterThan(150)
}, 300_000)
