import { expect, test } from 'vitest'
import type { CatalogSummary, RunConfig, RunSummary } from '../../../../src-shared/contract.ts'
import { fileName, formatBytes } from '../../../../src-renderer/parts/format.ts'
import {
  maskProblem,
  numbersProblem,
  radiusProblem,
  splitProblem,
  targetProblem
} from '../../../../src-renderer/state/readiness.ts'
import { stepStates } from '../../../../src-renderer/state/steps.ts'
import { parseMapping } from '../../../../src-renderer/catalog/mapping.ts'

test('sizes and file names read as a person says them', () => {
  expect([formatBytes(12), formatBytes(1_190_000)]).toEqual(['12 B', '1.19 MB'])
  expect([fileName('/a/b.h5'), fileName('C:\\data\\b.h5'), fileName('/a/')]).toEqual(['b.h5', 'b.h5', 'a'])
})

const catalog = { path: 'a.h5' } as CatalogSummary
const run = (state: RunSummary['state'], step: RunSummary['step']) => ({ state, step }) as RunSummary

test('the five steps follow the catalog and the run', () => {
  expect(stepStates(null, null)).toMatchObject({ catalog: 'ready', graph: 'waiting' })
  expect(stepStates(catalog, null)).toMatchObject({ catalog: 'done', network: 'ready', formula: 'waiting' })
  expect(stepStates(catalog, run('running', 'network'))).toEqual({
    catalog: 'done',
    graph: 'done',
    network: 'running',
    formula: 'waiting',
    compare: 'waiting'
  })
  expect(stepStates(catalog, run('failed', 'formula'))).toMatchObject({ network: 'done', formula: 'failed' })
  expect(stepStates(catalog, run('interrupted', 'network'))).toMatchObject({ network: 'paused' })
  expect(Object.values(stepStates(catalog, run('done', 'compare')))).toEqual(['done', 'done', 'done', 'done', 'done'])
})

test('a hand-written mapping is parsed, and text that is not one is returned', () => {
  expect(parseMapping('mass=M200c:1e10Msun/h, x = Position[0]')).toEqual({
    map: { mass: 'M200c:1e10Msun/h', x: 'Position[0]' },
    unread: []
  })
  expect(parseMapping('M200c')).toEqual({ map: {}, unread: ['M200c'] })
  expect(parseMapping(' ')).toEqual({ map: {}, unread: [] })
})

test('a run is not started with a radius over half the box or with numbers left out', () => {
  const box = { periodic: true, boxSize: 500 } as CatalogSummary
  const config = { radius: 50, seed: 1, threads: 2 } as RunConfig
  expect(radiusProblem(config, box)).toBeNull()
  expect(radiusProblem({ ...config, radius: 251 }, box)).toContain('at most 250 Mpc/h')
  expect(radiusProblem({ ...config, radius: 251 }, { ...box, periodic: false })).toBeNull()
  expect(radiusProblem({ ...config, radius: NaN }, box)).toContain('above 0')
  expect(numbersProblem(config)).toBeNull()
  expect(numbersProblem({ ...config, seed: 1.5 })).toContain('seed')
  expect(numbersProblem({ ...config, threads: 0 })).toContain('threads')
  for (const maxComplexity of [2, 201, 22.5, NaN])
    expect(numbersProblem({ ...config, maxComplexity })).toBe(
      'The largest complexity of a law must be a whole number from 3 to 200.'
    )
  for (const maxComplexity of [3, 48, 200, undefined]) expect(numbersProblem({ ...config, maxComplexity })).toBeNull()
})

test('masks that take nothing or everything, an empty test set and a missing target are sentences', () => {
  expect(maskProblem(0, 37_239)).toBe('The mask takes none of the 37,239 halos; loosen it or clear it.')
  expect(maskProblem(37_239, 37_239)).toContain('takes all 37,239 halos and leaves none to train on')
  expect(maskProblem(1, 37_239)).toBeNull()
  expect(splitProblem({ test: 0 }, null)).toContain('choose another seed')
  expect(splitProblem({ test: 0 }, 'x > 400')).toContain('the OOD mask takes its halos first')
  expect(splitProblem({ test: 5 }, null)).toBeNull()
  const withColumns = (...names: string[]) => ({ columns: names.map((name) => ({ name })) }) as CatalogSummary
  expect(targetProblem({ target: 'Delta20' }, withColumns('x', 'Delta20'))).toBeNull()
  expect(targetProblem({ target: 'Delta20' }, withColumns('x', 'age'))).toContain('Choose the target')
  expect(targetProblem({ target: 'Delta20' }, withColumns('x', 'mass'))).toContain('no column to predict')
})
