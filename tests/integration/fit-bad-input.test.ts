import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { halolaw } from '../fixtures/command-line.ts'
import { needs } from '../fixtures/needs.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-bad-fit-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const table = (heading: string, row: (i: number) => (number | string)[], rows = 20): string =>
  `${heading}\n${Array.from({ length: rows }, (_, i) => row(i).join(',')).join('\n')}\n`
const plain = table('a,b,y', (i) => [i + 1, (i % 3) + 1, (i + 1) / ((i % 3) + 1)])

const quick = ['--rounds', '1', '--threads', '1', '--sample-rows', '16']

test('an impossible fit exits with 2 and one sentence, and writes nothing', async () => {
  const good = file('good.csv', plain)
  const target = ['--target', 'y', ...quick]
  const cases: [string[], RegExp][] = [
    [
      [
        file(
          'nan.csv',
          table('a,y', (i) => [i, 'nan'])
        ),
        ...target
      ],
      /target "y" has no finite value in any row/
    ],
    [
      [
        file(
          'text.csv',
          table('a,s,y', (i) => [i, 'x', i * i])
        ),
        '--target',
        's'
      ],
      /"s" of .* holds text/
    ],
    [
      [
        file(
          'gap.csv',
          table('a,b,y', (i) => [i, '', i * i])
        ),
        ...target,
        '--variables',
        'a,b'
      ],
      /"b" in 20 of 20 rows/
    ],
    [
      [
        file(
          'quote.csv',
          table('a`b,y', (i) => [i, i * i])
        ),
        ...target
      ],
      /contains a backquote/
    ],
    [
      [
        file(
          'small.csv',
          table('a,y', (i) => [i, `${i + 1}e-300`])
        ),
        ...target
      ],
      /multiply it by a power of ten/
    ],
    [[good, ...target, '--threads', '1000'], /of at most \d+ \(this machine has \d+ cores\)/],
    [[good, ...target, '--resume', file('cut.json', '{"version":1,"asked":{')], /is not a complete checkpoint/],
    [[good, ...target, '--resume', file('other.json', '[]')], /This is not a checkpoint of a search/],
    [[good, ...target, '--checkpoint', good], /it contains other data, which would be lost/],
    [[good, ...target, '--checkpoint', '/dev/full'], /it is not a file; name another/],
    [[good, ...target, '--checkpoint', folder], /it is not a file; name another/],
    [[good, ...target, '--template', 'f(a) * g(b)', '--guess', 'a + b'], /does not match the form "f\(a\) \* g\(b\)"/]
  ]
  // a few at a time
  for (let from = 0; from < cases.length; from += 4) {
    const some = cases.slice(from, from + 4)
    const done = await Promise.all(some.map(([args]) => halolaw(['fit', ...args]).done))
    done.forEach(({ code, stdout, stderr }, k) => {
      expect.soft([code, stdout]).toEqual([2, ''])
      expect.soft(stderr).toMatch(some[k][1])
      expect.soft(stderr).toMatch(/^halolaw: [^\n]+\n$/)
    })
  }
  expect(readFileSync(good, 'utf8')).toBe(plain)
})

test('empty columns and text columns are left out with a sentence; names with blanks need backquotes', async () => {
  const path = file(
    'mixed.csv',
    table('my mass,b,s,y', (i) => [i + 1, '', 'halo', 3 * (i + 1)])
  )
  const all = await halolaw(['fit', path, '--target', 'y', ...quick]).done
  expect(all.code).toBe(0)
  expect(all.stdout).toContain('Column "b" has no finite value and was left out.')
  expect(all.stdout).toContain('Columns without numbers are left out: "s".')
  const named = await halolaw(['fit', path, '--target', 'y', '--variables', '`my mass`', ...quick]).done
  expect(named.stdout).toContain('`my mass`')
})

needs(existsSync('/dev/full'), '/dev/full, a disk that is always full')(
  'on a full disk the formulas are still printed, then the files that could not be written',
  async () => {
    const path = file('good.csv', plain)
    const [checkpoint, exported] = [join(folder, 'checkpoint.json'), join(folder, 'front.py')]
    symlinkSync('/dev/full', `${checkpoint}.part`)
    symlinkSync('/dev/full', exported)
    const options = ['--checkpoint', checkpoint, '--export', exported]
    const { code, stdout, stderr } = await halolaw(['fit', path, '--target', 'y', ...quick, ...options, '--json']).done
    expect(code).toBe(2)
    const unhindered = await halolaw(['fit', path, '--target', 'y', ...quick, '--json']).done
    const frontOf = (text: string): unknown => (JSON.parse(text) as { front: unknown[] }).front
    expect(frontOf(stdout)).toEqual(frontOf(unhindered.stdout))
    expect(stderr).toMatch(/The search cannot be saved in .*no space left on device.* The search continues\./)
    expect(stderr).toMatch(/halolaw: The formulas cannot be written to .*no space left on device/)
  }
)
