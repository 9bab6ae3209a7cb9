import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { traceFile } from '../../../src-main/cli/trace-file.ts'
import { readTrace, type TraceEvent } from '../../../src-main/symbolic/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'halolaw-trace-'))
afterAll(() => rmSync(folder, { recursive: true }))

const start: TraceEvent = { event: 'start', version: 1, search: 'table', seed: 3, round: 0 }
const round: TraceEvent = { event: 'round', round: 1, seconds: 0.25, evaluations: 12, migrations: 4 }
const ignore = (): void => {}

test('events are lines of the file, and an earlier trace is overwritten', () => {
  const path = join(folder, 'search.jsonl')
  for (const events of [[start], [start, round]]) {
    const trace = traceFile(path, ignore)
    events.forEach((event) => trace.write(event))
    trace.close()
    expect(readTrace(readFileSync(path, 'utf8'))).toEqual(events)
  }
})

test('only a trace is overwritten, and a file that cannot be written is refused', () => {
  const path = join(folder, 'table.csv')
  writeFileSync(path, 'x,y\n1,2\n')
  expect(() => traceFile(path, ignore)).toThrow(/it contains other data, which would be lost; name another file/)
  expect(readFileSync(path, 'utf8')).toBe('x,y\n1,2\n')
  expect(() => traceFile(folder, ignore)).toThrow(/cannot be written to .* it is not a file; name another/)
  expect(() => traceFile(join(folder, 'missing', 'trace.jsonl'), ignore)).toThrow(/cannot be written to .*ENOENT/)
})
