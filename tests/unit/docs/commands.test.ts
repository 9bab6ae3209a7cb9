import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import h5wasm from 'h5wasm/node'
import { afterAll, describe, expect, test } from 'vitest'
import { readCatalog } from '../../../src-main/catalog/read.ts'
import { parseUnit } from '../../../src-main/catalog/table/units.ts'
import { boxFrom, mapFrom } from '../../../src-main/cli/arguments.ts'
import { programCommands } from '../../../src-main/cli/commands.ts'
import { readLawPattern } from '../../../src-main/law/text/law-pattern.ts'
import { projectRoot } from '../../../src-main/native.ts'
import { parse } from '../../../src-main/symbolic/language/parse.ts'
import { fixture, scratch, truth } from '../../fixtures/catalogs.ts'

// Every command and every `--map` that documents, help texts and error sentences show.

const root = projectRoot()
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const documents = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md'], { cwd: root })
const folder = scratch()
afterAll(folder.remove)

/** Words of a line, as a shell splits it. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/["']/g, ''))
}

/** Whole commands in blocks of code; a line that ends with a backslash continues. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/```\w*\n([\s\S]*?)```/g)].map(([, block]) => block.replace(/\\\n\s*/g, ' '))
  return blocks.flatMap((block) =>
    [...block.matchAll(/^(?:\$ )?(?:npx )?halolaw (.*?)(?:\s+#.*)?$/gm)].map(([, rest]) => rest)
  )
}

/** Commands, or parts of one, in back-quotes or double quotes. */
function fragmentsIn(text: string): string[] {
  return [...text.matchAll(/`(?:npx )?halolaw ([^`]+)`|"halolaw ([^"]+)"/g)].map((match) => match[1] ?? match[2])
}

function expectOptions(fragment: string): void {
  const [name, ...rest] = words(fragment.replace(/\s+/g, ' '))
  if (/^[A-Z]|^-|^\.\.\.|^\$\{/.test(name)) return
  expect(Object.keys(programCommands), fragment).toContain(name)
  for (const word of rest.filter((one) => one.startsWith('--') && one !== '--help'))
    expect(programCommands[name].help, fragment).toMatch(new RegExp(`${word.replace(/[=,.;:].*$/, '')}\\b`))
}

/** Placeholders stand for any name; a unit is one that Halolaw reads. */
function expectMap(text: string): void {
  const entries = Object.entries(mapFrom([text.replace(/,\.\.\.$/, '')]))
  expect(entries.length, text).toBeGreaterThan(0)
  for (const [, value] of entries) {
    const unit = /:([^:]+)$/.exec(value)?.[1]
    if (unit !== undefined && unit !== 'UNIT' && unit !== '[UNIT]') expect(parseUnit(unit), text).not.toBeNull()
  }
}

test.each(documents)('the commands of %s are understood', (document) => {
  const text = read(document)
  for (const command of commandsIn(text)) {
    const [name, ...rest] = words(command)
    if (name === '--help') continue
    expect(Object.keys(programCommands), command).toContain(name)
    if (rest.includes('--help')) continue
    const { values } = programCommands[name].check(rest)
    for (const entry of (values.map as string[] | undefined) ?? []) expectMap(entry)
    if (typeof values.box === 'string') expect(boxFrom(values.box), command).not.toBeNull()
    for (const expression of [values.where, values.rows, values.test, values.ood].flat())
      if (typeof expression === 'string' && name === 'laws') readLawPattern(expression)
      else if (typeof expression === 'string') parse(expression.replace(/^\w+=(?!=)/, ''))
  }
  for (const fragment of fragmentsIn(text)) expectOptions(fragment)
  for (const [, map] of text.matchAll(/`--map ([^`\s]+)`/g)) expectMap(map)
})

test('the commands of help texts exist, with their options', () => {
  for (const { help } of Object.values(programCommands)) {
    for (const [, fragment] of help.matchAll(/(?:^|")halolaw ([a-z]+(?: --?\w+)*)/gm)) expectOptions(fragment)
    expect(help).not.toMatch(/undefined/)
  }
  expect(commandsIn(read('README.md')).length).toBeGreaterThan(3)
})

test('each pattern of the table in docs/method.md is one', () => {
  const table = /\| pattern .*\n((?:\|.*\n)+)/.exec(read('docs/method.md'))![1].split('\n').slice(1)
  const patterns = table.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, text]) => text))
  const conditions = patterns.map((text) => text.replace(/\b[ABC]\b/g, 'has r'))
  for (const pattern of conditions) expect(() => readLawPattern(pattern), pattern).not.toThrow()
  expect(conditions.length).toBeGreaterThan(12)
})

const sources = globSync(['src-main/**/*.ts', 'src-shared/**/*.ts', 'src-renderer/**/*.{ts,svelte}'], { cwd: root })

test('the commands and maps of error sentences are understood', () => {
  let maps = 0
  for (const source of sources) {
    const text = read(source)
    for (const [, fragment] of text.matchAll(/"halolaw ([a-z][^"\n]*)"/g)) expectOptions(fragment)
    for (const [, map] of text.matchAll(/--map ([^\s;)`'"]+)/g)) {
      const shown = map.replace(/\$\{[^}]*\}/g, 'NAME').replace(/[.,]$/, '')
      if (!shown.includes('=') || shown.startsWith('NAME=COLUMN')) continue
      expectMap(shown)
      maps++
    }
  }
  expect(maps).toBeGreaterThan(20)
})

describe('examples that are run', () => {
  const halos = truth()
  const near = (values: ArrayLike<number> | null | undefined, expected: ArrayLike<number>): void => {
    for (let i = 0; i < 60; i++) expect(Math.abs((values?.[i] ?? NaN) / expected[i] - 1)).toBeLessThan(5e-7)
  }

  test('docs/formats.md: halolaw info groups.h5 --map ... --box', async () => {
    const command = commandsIn(read('docs/formats.md')).find((one) => one.includes('--map'))
    const { values } = programCommands.info.check(words(command ?? '').slice(1))
    await h5wasm.ready
    const path = join(folder.path, 'groups.h5')
    const file = new h5wasm.File(path, 'w')
    const position = Float64Array.from(
      { length: 180 },
      (_, i) => 1000 * halos[(['x', 'y', 'z'] as const)[i % 3]][Math.floor(i / 3)]
    )
    file.create_dataset({ name: 'GroupPos', data: position, shape: [60, 3] })
    file.create_dataset({ name: 'Group_M_Crit200', data: halos.mass.map((mass) => mass / 1e10) })
    file.close()
    const boxSize = boxFrom(values.box as string)
    const catalog = await readCatalog(path, { map: mapFrom(values.map as string[]), boxSize })
    expect(catalog.boxSize).toBe(205)
    near(catalog.x, halos.x)
    near(catalog.mass, halos.mass)
    expect(catalog.warnings.join('\n')).not.toMatch(/not stated/)
  })

  test('--map x=col1,y=col2,z=col3,mass=col7:Msun/h of a table without a heading, as its error says', async () => {
    const names = ['x', 'y', 'z', 'vx', 'vy', 'vz', 'mass'] as const
    const rows = Array.from({ length: 60 }, (_, i) => names.map((name) => halos[name][i]).join(' '))
    const path = folder.write('headless.txt', rows.join('\n'))
    const error = await readCatalog(path).catch((cause: Error) => cause)
    const [, map] = /e\.g\. --map (\S+?)\.$/.exec((error as Error).message) ?? []
    const catalog = await readCatalog(path, { map: mapFrom([map]) })
    near(catalog.z, halos.z)
    near(catalog.mass, halos.mass)
    const repeated = await readCatalog(path, { map: mapFrom(['x=col1', 'y=col2,z=col3', 'mass=col7:Msun/h']) })
    near(repeated.mass, halos.mass)
  })

  test('what a unit needs, as its error says', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => [halos.x[i] / 0.7, halos.y[i] / 0.7, halos.z[i] / 0.7].join(','))
    const path = folder.write('free.csv', `x [Mpc],y [Mpc],z [Mpc]\n${rows.join('\n')}\n`)
    const error = await readCatalog(path).catch((cause: Error) => cause)
    const [, map] = /give it with --map (\S+?)\.$/.exec((error as Error).message) ?? []
    near((await readCatalog(path, { map: mapFrom([map]) })).x, halos.x)
  })

  test('another mass, as the warning says', async () => {
    const path = fixture('field/tangos_out_14.list')
    const { warnings } = await readCatalog(path)
    const [, map] = /\(--map (\S+) chooses another\)/.exec(warnings.join('\n')) ?? []
    const { columns } = await readCatalog(path, { map: mapFrom([map]) })
    expect(columns.find(({ name }) => name === 'mass')?.source).toBe(map.slice('mass='.length))
  })

  test('datasets in any group, by path, in one option or several', async () => {
    await h5wasm.ready
    const path = join(folder.path, 'scattered.h5')
    const file = new h5wasm.File(path, 'w')
    const place = (name: string): ReturnType<typeof file.create_group> => {
      let group: ReturnType<typeof file.create_group> = file as never
      for (const part of name.split('/')) {
        const next = group.keys().includes(part) ? group.get(part) : group.create_group(part)
        group = next as typeof group
      }
      return group
    }
    place('where/deep').create_dataset({ name: 'one', data: halos.x })
    place('where/deep').create_dataset({ name: 'two', data: halos.y })
    place('elsewhere').create_dataset({ name: 'three', data: halos.z })
    place('a/b/c').create_dataset({ name: 'weight', data: halos.mass.map((mass) => mass / 1e10) })
    place('other').create_dataset({ name: 'short', data: Float64Array.of(1, 2) })
    file.close()
    const all = 'x=/where/deep/one,y=where/deep/two,z=/elsewhere/three,mass=/a/b/c/weight:1e10Msun/h'
    for (const entries of [[all], all.split(',')]) {
      const catalog = await readCatalog(path, { map: mapFrom(entries) })
      near(catalog.x, halos.x)
      near(catalog.z, halos.z)
      near(catalog.mass, halos.mass)
    }
    await expect(readCatalog(path, { map: mapFrom([all.replace('/a/b/c/weight', '/other/short')]) })).rejects.toThrow(
      /\/other\/short.*2 rows/
    )
    await expect(readCatalog(path, { map: mapFrom([all.replace('/a/b/c/weight', '/a/b/c/wieght')]) })).rejects.toThrow(
      /names no numeric column/
    )
  })
})
