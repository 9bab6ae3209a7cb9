import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'prettier'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src-main/native.ts'

// A workflow runs only on GitHub: these tests find the mistakes that show without it.

const root = projectRoot()
const workflows = globSync('.github/workflows/*.{yml,yaml}', { cwd: root })
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }

/** The npm scripts that a text runs: `npm run NAME`, `npm test`, `npm start`. */
function npmScripts(text: string): string[] {
  return [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, name, short]) => name ?? short)
}

/** The actions that a workflow uses, without those of the repository itself. */
function actions(text: string): string[] {
  return [...text.matchAll(/^\s*(?:- )?uses: *(.+)$/gm)]
    .map(([, action]) => action)
    .filter((one) => !one.startsWith('./'))
}

/** Lines of the jobs' members: name, then the keys of each job */
function jobs(text: string): Map<string, string[]> {
  const byName = new Map<string, string[]>()
  let job: string[] | null = null
  for (const line of text.slice(text.indexOf('\njobs:\n') + 7).split('\n')) {
    const [, name] = /^ {2}([\w-]+):$/.exec(line) ?? []
    if (name !== undefined) byName.set(name, (job = []))
    const [, key] = /^ {4}([\w-]+):/.exec(line) ?? []
    if (key !== undefined) job?.push(key)
  }
  return byName
}

test('the workflows are found', () => {
  expect(workflows).toContain(join('.github', 'workflows', 'ci.yml'))
  expect(npmScripts('npm ci && npm test; npm run test:e2e -- x')).toEqual(['test', 'test:e2e'])
})

test.each(workflows)('%s is YAML with jobs that have a machine and steps', async (path) => {
  // Throws for text that is not YAML.
  await format(textOf(path), { parser: 'yaml' })
  const all = jobs(textOf(path))
  expect(all.size).toBeGreaterThan(0)
  for (const [job, keys] of all) expect([job, keys]).toEqual([job, expect.arrayContaining(['runs-on', 'steps'])])
})

test.each([...workflows, '.ci/run'])('every npm script that %s runs exists', (path) => {
  const names = npmScripts(textOf(path))
  expect(names.length).toBeGreaterThan(0)
  expect(names.filter((name) => !(name in scripts))).toEqual([])
})

test.each(workflows)('every action of %s is pinned to a commit, with its version beside it', (path) => {
  const used = actions(textOf(path))
  expect(used.length).toBeGreaterThan(0)
  expect(used.filter((action) => !/^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$/.test(action))).toEqual([])
})

test.each(workflows)('%s may only read, and names files that exist', (path) => {
  const text = textOf(path)
  expect(text).toMatch(/^permissions:\n {2}contents: read\n/m)
  const files = [...text.matchAll(/(?:-file: |\bnode )([\w./-]+)/g)].map(([, file]) => file)
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
