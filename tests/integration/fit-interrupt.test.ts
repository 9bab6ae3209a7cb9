import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Random } from '../../src-main/random.ts'
import { readCheckpoint, type FitTableResult } from '../../src-main/symbolic/index.ts'
import { halolaw } from '../fixtures/command-line.ts'

let folder: string
let table: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halolaw-interrupt-'))
  table = join(folder, 'table.csv')
  const random = new Random(3)
  const rows = Array.from({ length: 300 }, () => {
    const [a, b] = [1 + random.uniform(), 1 + random.uniform()]
    return `${a},${b},${a / b + 0.1 * random.normal()}`
  })
  writeFileSync(table, `a,b,y\n${rows.join('\n')}\n`)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const fit = (...more: string[]) =>
  halolaw(['fit', table, '--target', 'y', '--time', '3600', '--threads', '1', '--json', ...more])

/** Resolves once a formula was found, as the progress on stderr tells. */
async function firstFormula({ child }: ReturnType<typeof fit>): Promise<void> {
  for (let progress = ''; !progress.includes('formulas tried');)
    progress += String((await once(child.stderr!, 'data'))[0])
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends a search: its front is reported, a checkpoint and exports are written',
  async (signal) => {
    const [checkpoint, exported] = [join(folder, 'kept.json'), join(folder, 'front.py')]
    const going = fit('--checkpoint', checkpoint, '--export', exported)
    await firstFormula(going)
    going.child.kill(signal)
    const { code, stdout, stderr } = await going.done
    expect(code).toBe(0)
    expect(stderr).toMatch(/Ending the search and reporting the formulas found so far/)
    const result = JSON.parse(stdout) as FitTableResult
    expect(result.interrupted).toBe(true)
    expect(result.seconds).toBeLessThan(60)
    expect(result.front.map(({ text }) => text)).toContain(result.best.text)
    // the reported losses are those of the reported formulas
    const best = Function(
      'a',
      'b',
      `return ${result.best.c!.replace(/\b(sqrt|exp|log|sin|cos|tanh|asin|acos|pow)\b/g, 'Math.$1')}`
    ) as (a: number, b: number) => number
    const rows = readFileSync(table, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number))
    const mse = rows.reduce((sum, [a, b, y]) => sum + (best(a, b) - y) ** 2 / rows.length, 0)
    expect(mse / result.best.loss).toBeCloseTo(1, 6)
    expect(readCheckpoint(JSON.parse(readFileSync(checkpoint, 'utf8'))).front.length).toBeGreaterThan(0)
    expect(existsSync(exported)).toBe(true)
  }
)

test('a second Ctrl+C ends the program at once', async () => {
  const going = fit()
  await firstFormula(going)
  going.child.kill('SIGINT')
  await once(going.child.stderr!, 'data')
  going.child.kill('SIGINT')
  const { code, stdout } = await going.done
  // where the first one had ended it already, there is a result
  expect(code === 1 ? stdout : JSON.parse(stdout)).toEqual(
    code === 1 ? '' : expect.objectContaining({ interrupted: true })
  )
})
