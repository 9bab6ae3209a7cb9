import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formulaIds, type FormulaId, type RunResult } from '../../src-shared/contract.ts'
import { openProject } from '../../src-main/project/project.ts'
import { halolaw } from '../fixtures/command-line.ts'
import { needs } from '../fixtures/needs.ts'
import { storedCatalog, storedProject, storedResult } from '../fixtures/stored-project.ts'

// The instruction set that the stored numbers were computed with.
const env = { HALOLAW_ISA: 'base' }

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'halolaw-stored-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/**
 * A result with six digits of every number, also of those in texts: another compiler may round the last ones otherwise.
 * Warnings and notes are counted, and comments of programs left out, because their wording is not promised.
 */
function comparable(value: unknown): unknown {
  const rounded = (number: number) => Number(number.toPrecision(6))
  return JSON.parse(JSON.stringify(value), (key, part: unknown) => {
    if (['warnings', 'notes', 'engineNotes'].includes(key) && Array.isArray(part)) return part.length
    if (typeof part === 'number') return rounded(part)
    if (typeof part !== 'string') return part
    return part
      .replace(/ {2}# .*$/gm, '  #')
      .replace(/\d+\.\d+(e[+-]?\d+)?/g, (number) => String(rounded(Number(number))))
  })
}

test('a project of version 0.1.0 opens with all its content', () => {
  const project = openProject(storedProject('finished', folder))
  expect(project.masks()).toMatchObject([{ name: 'far side', role: 'test', expression: 'x > 70' }])
  const { state, epochs, result, laws } = project.runs.detail('r1')
  expect([state, epochs.length]).toEqual(['done', 12])
  expect(result!.models.map(({ id, mae }) => [id, mae.train, mae.test])).toEqual([
    ['constant', 0.32863895693980344, 0.2870441229484989],
    ['simple', 0.15911092849276598, 0.18965687175698398],
    ['invariants', 0.12318882904506188, 0.17980304566043878],
    ['without-mass', 0.15241078968439065, 0.17476346700889137],
    ['with-mass', 0.13358596716919335, 0.17748859237860629],
    ['gnn', 0.1920174195774853, 0.24431845527400814],
    ['gnn-ensemble', 0.1986255773486462, 0.2521945001662584],
    ['message-formula', 0.16802082367476068, 0.2080757561745215],
    ['formula', 0.13353577856199614, 0.19174939516318423]
  ])
  expect(laws!.map(({ id, mae }) => [id, mae.train, mae.test])).toEqual([
    ['law-1', 0.1529043579404057, 0.18484743252578328]
  ])
  project.close()
})

test('models of version 0.1.0 predict what they predicted', async () => {
  const path = storedProject('finished', folder)
  const table = join(folder, 'predictions.csv')
  expect((await halolaw(['predict', path, storedCatalog, '--out', table], env).done).code).toBe(0)
  const [header, ...rows] = readFileSync(table, 'utf8').trimEnd().split('\n')
  const names = header.split(',')
  expect(names.toSorted()).toEqual([
    'constant',
    'formula',
    'gnn',
    'gnn-ensemble',
    'gnn-ensemble_spread',
    'invariants',
    'message-formula',
    'simple',
    'with-mass',
    'without-mass'
  ])
  const project = openProject(path)
  for (const [k, name] of names.entries()) {
    const before = project.runs.predictions('r1', name)!
    expect(rows).toHaveLength(before.length)
    rows.forEach((row, halo) => expect(Number(row.split(',')[k])).toBeCloseTo(before[halo], 5))
  }
  project.close()
})

const sameArithmetic = needs(process.arch === 'x64', 'an x64 processor, whose baseline the stored searches used')

sameArithmetic.each([
  ['in the regression of the message', 'killed-search'],
  ['in the search on the graph, after guidance', 'killed-guided']
] as const)(
  'a run of version 0.1.0 that was killed %s resumes with the same networks, and its best law is as good',
  async (_, name) => {
    const path = storedProject(name, folder)
    const before = openProject(path)
    expect(before.runs.get('r1').state).toBe('interrupted')
    before.close()
    const { code, stdout, stderr } = await halolaw(['run', '--resume', path, '--json'], env).done
    expect(stderr).not.toMatch(/network:/)
    expect(code).toBe(0)
    const result = JSON.parse(stdout) as RunResult
    const expected = storedResult(name) as RunResult
    // The search for laws has improved since; everything before it is the same.
    const beforeLaws = ({
      models,
      split,
      engine,
      messages,
      seed
    }: Pick<RunResult, 'models' | 'split' | 'engine' | 'messages' | 'seed'>) => ({
      models: models.filter(({ id }) => !formulaIds.some((formula) => formula === id)),
      split,
      engine,
      messages,
      seed
    })
    expect(comparable(beforeLaws(result))).toEqual(comparable(beforeLaws(expected)))
    // Which law is the simplest good one depends on few validation halos; the best one is as good as that of 0.1.0.
    const error = ({ models }: Pick<RunResult, 'models'>, id: FormulaId) =>
      models.find((model) => model.id === id)!.mae.train!
    expect(error(result, 'formula-best')).toBeLessThan(1.05 * error(expected, 'formula'))
  }
)
