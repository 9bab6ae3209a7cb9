import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src-main/native.ts'

const root = projectRoot()
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const manifest = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies' | 'optionalDependencies',
  Record<string, string>
>

/** Packages that the built program loads: `electron` comes with the shell. */
function importedBySources(): string[] {
  const files = globSync(['src-main/**/*.ts', 'src-shared/**/*.ts'], { cwd: root })
  const named = files.flatMap((file) =>
    [...read(file).matchAll(/(?:\bfrom |\bimport\(|\bresolve\()'([^'.][^']*)'/g)].map(([, name]) => name)
  )
  const packages = named.map((name) => (name.startsWith('@') ? /^[^/]+\/[^/]+/ : /^[^/]+/).exec(name)![0])
  return [...new Set(packages)].filter((name) => !name.startsWith('node:') && name !== 'electron').sort()
}

test('run-time dependencies are what the service and the command line load, and the Node that they run on', () => {
  const { dependencies, optionalDependencies } = manifest
  expect(Object.keys({ ...dependencies, ...optionalDependencies }).sort()).toEqual(
    [...importedBySources(), 'node'].sort()
  )
})

test('the page on dependencies names each of them', () => {
  const page = read('docs/dependencies.md')
  const { dependencies, devDependencies, optionalDependencies } = manifest
  const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})

test('versions are exact', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest
  const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies })
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
})
