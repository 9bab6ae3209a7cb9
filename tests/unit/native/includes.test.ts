import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brokenIncludes, nativeSources } from '../../../scripts/lint/includes.mjs'
import { projectRoot } from '../../../src-main/native.ts'

test('the includes of native/ keep the order of its layers', () => {
  const sources = nativeSources()
  expect(sources).toContain('native/grid/cell_grid.cpp')
  expect(sources.flatMap((path) => brokenIncludes(path, readFileSync(join(projectRoot(), path), 'utf8')))).toEqual([])
})

test.each([
  ['native/kernels/cell_scan.cpp', 'grid/cell_grid.h'],
  ['native/grid/cell_grid.h', 'expression/program.h'],
  ['native/expression/fit.h', 'sums/pair_sums.h'],
  ['native/network/trainer.h', 'binding/async_work.h'],
  ['native/binding/peak.cpp', 'reference/comparison.h'],
  ['native/simd/simd.h', 'kernels/cell_scan.h']
])('an include against the order is reported: %s of %s', (path, included) => {
  expect(brokenIncludes(path, `#include <vector>\n#include "${included}"\n`)).toEqual([
    expect.stringMatching(new RegExp(`^${path}:2: .*imports point one way`))
  ])
})
