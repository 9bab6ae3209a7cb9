import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { logger } from '../../src-main/log.ts'

const log = logger('part')
let lines: string[]

beforeEach(() => {
  lines = []
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

function writeEveryLevel(): string[] {
  log.error('An error.')
  log.warn('A warning.')
  log.info('An event.')
  log.debug('A detail.')
  return lines.map((line) => line.split(' ')[1])
}

describe('levels', () => {
  test.each([
    [undefined, ['error', 'warn']],
    ['', ['error', 'warn']],
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']]
  ])('HALOLAW_LOG=%s', (setting, expected) => {
    vi.stubEnv('HALOLAW_LOG', setting)
    expect(writeEveryLevel()).toEqual(expected)
  })

  test('a level that does not exist is reported once, and the default applies', () => {
    vi.stubEnv('HALOLAW_LOG', 'loud')
    expect(writeEveryLevel()).toEqual(['warn', 'error', 'warn'])
    expect(lines[0]).toContain('HALOLAW_LOG=loud is not a level; choose one of error, warn, info, debug.')
  })
})

describe('a line', () => {
  test('has the time, the level, the part and the sentence', () => {
    log.warn('The list is not saved.')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn part: The list is not saved\.\n$/)
  })

  test('is one line, whatever the sentence and the cause contain', () => {
    log.warn('First\nsecond', new Error('third\r\nfourth'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/warn part: First \| second \(third \| fourth\)\n$/)
  })

  test('holds the stack of the cause at level error only', () => {
    const cause = new Error('broken')
    log.error('An error', cause)
    log.warn('A warning', cause)
    expect(lines[0]).toContain('log.test.ts')
    expect(lines[1]).toMatch(/warn part: A warning \(broken\)\n$/)
  })
})
