import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { isWindowPage, pageAddress, servePageByScheme } from '../../../src-main/electron/page.ts'
import { readWindowState, writeWindowState } from '../../../src-main/electron/window-state.ts'

const folder = mkdtempSync(join(tmpdir(), 'halolaw-page-'))
const inside = join(folder, 'renderer')
const display = { x: 0, y: 0, width: 1920, height: 1080 }

beforeAll(() => {
  mkdirSync(inside)
  writeFileSync(join(inside, 'index.html'), '<p>window</p>')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
})

describe('pages of the window', () => {
  test('are served with their type and a policy that allows only the window’s own files', async () => {
    const response = await servePageByScheme(inside, pageAddress)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe-eval')
    expect(await response.text()).toBe('<p>window</p>')
  })

  test.each(['../secret.txt', '..%2fsecret.txt', '%2e%2e/secret.txt', '..%5csecret.txt', 'nothing.js', ''])(
    'answer %j with nothing from outside their folder',
    async (path) => {
      const response = await servePageByScheme(inside, `halolaw://window/${path}`)
      expect(response.status).toBe(404)
      expect(await response.text()).not.toContain('secret')
    }
  )

  test('are distinguished from all other pages', () => {
    expect(isWindowPage(pageAddress)).toBe(true)
    for (const address of ['https://example.org/', 'halolaw://windows/', 'file:///etc/passwd', 'about:blank'])
      expect(isWindowPage(address)).toBe(false)
  })
})

describe("the window's place", () => {
  const path = join(folder, 'state', 'window.json')

  test('is read back as it was written', () => {
    const state = { bounds: { x: 10, y: 20, width: 1000, height: 700 }, maximized: true }
    writeWindowState(path, state)
    expect(readWindowState(path, [display])).toEqual(state)
  })

  test('is the first one when its display is gone, and when the file is damaged or absent', () => {
    writeWindowState(path, { bounds: { x: 5000, y: 20, width: 1000, height: 700 }, maximized: false })
    expect(readWindowState(path, [display]).bounds).toEqual({ width: 1440, height: 900 })
    for (const text of ['', '{', 'null', '{"bounds":{}}', '{"bounds":{"x":0,"y":0,"width":"wide","height":9}}']) {
      writeFileSync(path, text)
      expect(readWindowState(path, [display]).bounds).toEqual({ width: 1440, height: 900 })
    }
    expect(readWindowState(join(folder, 'absent.json'), [display]).maximized).toBe(false)
  })

  test('is optional: a failure to save it is ignored', () => {
    writeFileSync(join(folder, 'file'), '')
    const unwritable = join(folder, 'file', 'window.json')
    writeWindowState(unwritable, { bounds: display, maximized: false })
    expect(readWindowState(unwritable, [display]).bounds).toEqual({ width: 1440, height: 900 })
  })
})
