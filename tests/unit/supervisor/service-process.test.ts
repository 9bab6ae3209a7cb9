import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ServiceProcess } from '../../../src-main/supervisor/service-process.ts'
import { projectRoot } from '../../../src-main/native.ts'

const folder = mkdtempSync(join(tmpdir(), 'halolaw-service-process-'))

function script(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** A service of a few lines that speaks the real frames: it echoes, sends bytes, and dies on request. */
const echoing = `
import { Socket } from 'node:net'
import { FramePipe } from ${JSON.stringify(join(projectRoot(), 'src-main', 'frames.ts'))}
let opened = null
const pipe = new FramePipe(new Socket({ fd: 3 }), {
  onMessage({ id, method, params }) {
    if (method === 'die') process.exit(7)
    else if (method === 'hang') for (;;);
    else if (method === 'name project') pipe.send({ event: 'project.changed', data: { path: params } })
    else if (method === 'project.open') pipe.send({ id, result: (opened = params) })
    else if (method === 'opened') pipe.send({ id, result: opened })
    else if (method === 'bytes') pipe.sendBytes(id, new Uint8Array(params.count).fill(9))
    else if (method === 'fail') pipe.send({ id, error: { code: 'bad-input', message: 'A sentence.' } })
    else if (method !== 'wait') pipe.send({ id, result: { method, params } })
  },
  onBytes() {},
  onEnd: () => process.exit(0)
})
`

interface Watched {
  service: ServiceProcess
  states: { up: boolean; message: string | null }[]
  /** Resolves once the states satisfy the condition. */
  until(condition: () => boolean): Promise<void>
}

function watch(path: string, watch?: { everyMs: number; intervals: number }): Watched {
  const states: Watched['states'] = []
  const checks: (() => void)[] = []
  const service = new ServiceProcess({
    execPath: process.execPath,
    script: path,
    args: () => [],
    onEvent: () => undefined,
    onState(state, message) {
      states.push({ up: state === 'up', message })
      for (const check of checks) check()
    },
    watch
  })
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => condition() && resolve()
      checks.push(check)
      check()
    })
  return { service, states, until }
}

test('calls are answered with results, errors and bytes; when the service dies, pending calls fail with a sentence', async () => {
  const { service, states, until } = watch(script('echo.mjs', echoing))
  await until(() => states.at(-1)?.up === true)
  expect(await service.call('echo', { a: [1, 'ä'] })).toEqual({ result: { method: 'echo', params: { a: [1, 'ä'] } } })
  expect(await service.call('fail', {})).toEqual({ error: { code: 'bad-input', message: 'A sentence.' } })
  const large = await service.call('bytes', { count: 3_000_000 })
  expect('result' in large && (large.result as Uint8Array).length).toBe(3_000_000)

  const waiting = service.call('wait', {})
  void service.call('die', {})
  const lost = await waiting
  expect('error' in lost && lost.error.message).toMatch(/stopped while it worked on this/)
  await until(() => states.length === 3)
  expect(states.map(({ up }) => up)).toEqual([true, false, true])
  expect(await service.call('echo', 1)).toEqual({ result: { method: 'echo', params: 1 } })

  await service.stop()
  expect(states).toHaveLength(3)
  expect(await service.call('echo', 1)).toMatchObject({ error: { code: 'internal' } })
})

test('a restarted service reopens the saved project', async () => {
  const { service, states, until } = watch(script('project.mjs', echoing))
  await until(() => states.at(-1)?.up === true)
  expect(await service.call('opened', {})).toEqual({ result: null })
  void service.call('name project', '/data/halos.halolaw')
  void service.call('die', {})
  await until(() => states.length === 3)
  expect(await service.call('opened', {})).toEqual({ result: { path: '/data/halos.halolaw' } })
  await service.stop()
})

test('a service that stops answering is killed and restarted', async () => {
  const { service, states, until } = watch(script('hanging.mjs', echoing), { everyMs: 500, intervals: 10 })
  await until(() => states.at(-1)?.up === true)
  const hanging = service.call('hang', {})
  expect('error' in (await hanging)).toBe(true)
  await until(() => states.length === 3)
  expect(states.map(({ up }) => up)).toEqual([true, false, true])
  expect(await service.call('echo', 1)).toEqual({ result: { method: 'echo', params: 1 } })
  await service.stop()
})

test('a service that cannot start is given up with one sentence, which is not repeated', async () => {
  const { states, until } = watch(script('broken.mjs', 'process.exit(1)'))
  await until(() => states.length === 6)
  expect(states.every(({ up }) => !up)).toBe(true)
  expect(states.map(({ message }) => message !== null)).toEqual([true, false, false, false, false, true])
  expect(states.at(-1)!.message).toMatch(/is not started again; .*npm run build:native/)
})
