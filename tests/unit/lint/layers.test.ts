import { ESLint, Linter } from 'eslint'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { layerOrder } from '../../../scripts/lint/layer-order.mjs'
import { brokenOrder, orders } from '../../../scripts/lint/layers.mjs'
import { projectRoot } from '../../../src-main/native.ts'
import { exportedNames, importsOf, sourceFiles } from './sources.ts'

const allOrders = Object.entries(orders)
const within = (folder: string, path: string): string => (folder === '' ? path : `${folder}/${path}`)

/** A made-up file at an entry of a folder's order. */
function fileAt(folder: string, entry: string): string {
  if (entry === '.') return within(folder, 'made-up.ts')
  return within(folder, entry.includes('.') ? entry : `${entry}/made-up.ts`)
}

/** Every pair of entries of which the first may not import the second. */
function forbiddenPairs(order: (string | string[])[]): [string, string][] {
  const levels = order.map((entry) => [entry].flat())
  return levels.flatMap((level, n) => [
    ...level.flatMap((from) => level.filter((to) => to !== from).map((to): [string, string] => [from, to])),
    ...level.flatMap((from) => levels.slice(n + 1).flatMap((above) => above.map((to): [string, string] => [from, to])))
  ])
}

test.each(allOrders)('an import against the order of "%s" is refused, one along it is not', (folder, order) => {
  for (const [from, to] of forbiddenPairs(order)) {
    expect(brokenOrder(fileAt(folder, from), fileAt(folder, to))).toContain(`${from} may not import ${to}.`)
    const isBeside = order.some((entry) => Array.isArray(entry) && entry.includes(from) && entry.includes(to))
    if (!isBeside) expect(brokenOrder(fileAt(folder, to), fileAt(folder, from))).toBeNull()
  }
})

/** What the rule finds in the code of a file, with the parser that the project's lint reads it with. */
async function problemsIn(path: string, code: string): Promise<Linter.LintMessage[]> {
  const { languageOptions, ...real } = await new ESLint({ cwd: projectRoot() }).calculateConfigForFile(path)
  expect(real.rules['halolaw/layer-order']).toEqual([2])
  return new Linter({ cwd: projectRoot() }).verify(
    code,
    [
      {
        files: ['**/*.ts'],
        languageOptions: { parser: languageOptions.parser },
        plugins: { halolaw: { rules: { 'layer-order': layerOrder } } },
        rules: { 'halolaw/layer-order': 'error' }
      }
    ],
    { filename: join(projectRoot(), path) }
  )
}

test.each(allOrders.filter(([folder]) => folder.startsWith('src-')))(
  'ESLint refuses each kind of import against the order of "%s"',
  async (folder, order) => {
    const [from, to] = forbiddenPairs(order)[0].map((entry) => fileAt(folder, entry))
    const up = '../'.repeat(from.split('/').length - 1)
    const code = [
      `import { a } from '${up}${to}'`,
      `import type { B } from '${up}${to}'`,
      `export { a } from '${up}${to}'`,
      `export * from '${up}${to}'`,
      `const c = import('${up}${to}')`,
      `const d = import(\`${up}${to}\`)`,
      `type E = import('${up}${to}').B`,
      `const f = new URL('${up}${to}', import.meta.url)`,
      `const g = new Worker(new URL(\`${up}${to}\`, import.meta.url))`
    ].join('\n')
    const problems = await problemsIn(from, code)
    expect(problems.map(({ line, ruleId }) => [line, ruleId])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((line) => [line, 'halolaw/layer-order'])
    )
  }
)

test('the address of a bundle, of another base or on the web is no import', async () => {
  const code = [
    `const a = new URL('../search-worker.js', import.meta.url)`,
    `const b = new URL('../made-up.ts', base)`,
    `const c = new URL('https://example.org/made-up.ts', import.meta.url)`,
    `const d = new Map('../made-up.ts', import.meta.url)`
  ].join('\n')
  expect(await problemsIn('src-main/catalog/readers/made-up.ts', code)).toEqual([])
})

test('a file or folder without a place is refused', () => {
  expect(brokenOrder('src-main/made-up/a.ts', 'src-main/catalog/catalog.ts')).toContain('"made-up" has no place')
  expect(brokenOrder('src-main/catalog/catalog.ts', 'src-main/made-up.ts')).toContain('"made-up.ts" has no place')
})

test('every folder that has folders has an order, and every order a folder', () => {
  const folders = new Set(
    sourceFiles.flatMap((path) => path.split('/').map((_, n, parts) => parts.slice(0, n).join('/')))
  )
  const withFolders = [...folders].filter((folder) =>
    readdirSync(join(projectRoot(), folder), { withFileTypes: true }).some((entry) => entry.isDirectory())
  )
  expect(allOrders.map(([folder]) => folder).filter((folder) => !folder.startsWith('native'))).toEqual(
    expect.arrayContaining(withFolders.toSorted())
  )
  for (const [folder, order] of allOrders) {
    const present = readdirSync(join(projectRoot(), folder))
    expect(present).toEqual(expect.arrayContaining(order.flat().filter((entry) => entry !== '.')))
  }
})

/** Where a file stands: at its own entry, if the order of its folder names it, else in its folder. */
function placeOf(path: string): string {
  const [folder, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)]
  const named = orders[folder]?.flat().includes(name)
  return named ? path : folder
}

/** Groups of nodes that reach each other, by Tarjan's algorithm. */
function circles(edges: Map<string, Set<string>>): string[][] {
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const groups: string[][] = []
  const visit = (node: string): void => {
    order.set(node, order.size)
    low.set(node, order.get(node)!)
    stack.push(node)
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) visit(next)
      if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!))
    }
    if (low.get(node) !== order.get(node)) return
    const group = stack.splice(stack.indexOf(node))
    if (group.length > 1) groups.push(group.toSorted())
  }
  for (const node of edges.keys()) if (!order.has(node)) visit(node)
  return groups
}

test('circles are found', () => {
  const edges = { a: ['b'], b: ['c'], c: ['b', 'd'], d: [] }
  expect(circles(new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)])))).toEqual([['b', 'c']])
})

test('no folders import each other in a circle, and no files do', () => {
  const between = (node: (path: string) => string): Map<string, Set<string>> => {
    const edges = new Map<string, Set<string>>()
    for (const path of sourceFiles)
      for (const imported of importsOf(path))
        if (node(path) !== node(imported))
          edges.set(node(path), (edges.get(node(path)) ?? new Set()).add(node(imported)))
    return edges
  }
  // As many imports as this are only found where the files are read as they should be.
  expect(between((path) => path).size).toBeGreaterThan(250)
  expect(circles(between(placeOf))).toEqual([])
  expect(circles(between((path) => path))).toEqual([])
})

test('no name is exported twice', () => {
  const places = new Map<string, string[]>()
  for (const path of sourceFiles)
    for (const name of exportedNames(path)) places.set(name, [...(places.get(name) ?? []), path])
  expect(places.get('loadCatalog')).toEqual(['src-main/catalog/load.ts'])
  expect([...places].filter(([, paths]) => paths.length > 1)).toEqual([])
})
