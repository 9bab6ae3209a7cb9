import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src-main/native.ts'

const documents = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md'], { cwd: projectRoot() })

/** Paths in back-quotes; `*` and `{a,b}` stand for what they stand for in a shell, and a line number may follow. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`((?:src-[a-z]+|native|bench|scripts|tests|resources|docs|\.ci|\.github)\/[^`\s]*)`/g)].map(
    ([, path]) => path.replace(/:\d+$/, '')
  )
}

test.each(documents)('every path that %s names exists', (document) => {
  const paths = pathsIn(readFileSync(join(projectRoot(), document), 'utf8'))
  expect(paths.filter((path) => globSync(path, { cwd: projectRoot() }).length === 0)).toEqual([])
})

test('paths are found in the documents', () => {
  expect(pathsIn('See `src-main/run/pipeline.ts:12`, `native/*.cpp` and `npm test`.')).toEqual([
    'src-main/run/pipeline.ts',
    'native/*.cpp'
  ])
  expect(pathsIn(readFileSync(join(projectRoot(), 'docs/architecture.md'), 'utf8'))).toContain(
    'src-main/run/pipeline.ts'
  )
})
