import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { addressOf, Gate } from '../../../src-main/server/gate.ts'

const request = (parts: object): IncomingMessage => parts as IncomingMessage

test.each([
  ['/', '/'],
  ['/assets/main.js?token=a', '/assets/main.js'],
  ['/../secret.txt', '/secret.txt'],
  ['/%2e%2e/secret.txt', '/secret.txt']
])('the address %s is the path %s on this server', (url, pathname) => {
  expect(addressOf(request({ url }))).toMatchObject({ pathname, host: '127.0.0.1' })
})

test.each(['//elsewhere/', 'http://elsewhere/', '*', '', undefined])('the address %j is not on this server', (url) => {
  expect(addressOf(request({ url }))).toBeNull()
})

test('only requests to this port, from no page or from its own, are allowed', () => {
  const gate = new Gate('secret')
  gate.port = 4000
  const isOurs = (host: string | undefined, origin?: string): boolean =>
    gate.isOurs(request({ headers: { host, origin } }))
  expect(isOurs('127.0.0.1:4000')).toBe(true)
  expect(isOurs('localhost:4000', 'http://127.0.0.1:4000')).toBe(true)
  for (const host of [undefined, '127.0.0.1', '127.0.0.1:4001', 'evil.example:4000'])
    expect(isOurs(host), host).toBe(false)
  for (const origin of ['http://evil.example', 'https://localhost:4000', 'http://localhost:4001', 'null'])
    expect(isOurs('localhost:4000', origin), origin).toBe(false)
})

test('only the whole token opens the gate', () => {
  const gate = new Gate('secret')
  const hasToken = (query: string): boolean => gate.hasToken(new URL(`http://127.0.0.1/${query}`))
  expect(hasToken('?token=secret')).toBe(true)
  for (const query of ['', '?token=', '?token=secre', '?token=secret1', '?token=Secret', '?other=secret'])
    expect(hasToken(query), query).toBe(false)
})
