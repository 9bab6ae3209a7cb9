import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'
import { isOutsideAddress } from '../../../src-main/electron/guard.ts'
import { ChosenPaths } from '../../../src-main/electron/saving.ts'

vi.mock('electron', () => ({ shell: {} }))

const root = join('/opt', 'halolaw')
const file = (...parts: string[]) => pathToFileURL(join(root, ...parts)).href

test('https and the documents of the program open outside the window, and nothing else', () => {
  for (const address of ['https://example.org/a?b', file('README.md'), file('docs', 'method.md')])
    expect(isOutsideAddress(address, root)).toBe(true)
  for (const address of [
    'http://example.org/',
    'javascript:alert(1)',
    'smb://host/share',
    'README.md',
    'file://host/opt/halolaw/README.md',
    file('bin', 'halolaw.mjs'),
    file('docs', '..', 'secret.md'),
    `${file('docs')}/%2e%2e/secret.md`,
    `${file('docs')}/..%2f..%2fsecret.md`,
    file('docs', 'program.sh'),
    file('docs-elsewhere', 'a.md')
  ])
    expect([address, isOutsideAddress(address, root)]).toEqual([address, false])
})

test('a project is saved at a path of a dialog or of the open project', () => {
  const chosen = new ChosenPaths()
  chosen.add('/home/a/chosen.halolaw')
  const refused = (path: unknown, open: string | null = null) =>
    chosen.refusal('project.saveAs', { path }, open) !== null
  expect(refused('/home/a/chosen.halolaw')).toBe(false)
  expect(refused('/home/a/open.halolaw', '/home/a/open.halolaw')).toBe(false)
  for (const path of ['/home/a/open.halolaw', '/home/a/b/../chosen.halolaw', 'chosen.halolaw', '~/chosen.halolaw', ''])
    expect([path, refused(path)]).toEqual([path, true])
  expect(chosen.refusal('project.open', { path: '/anywhere' }, null)).toBeNull()
})
