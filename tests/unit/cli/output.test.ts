import { expect, test } from 'vitest'
import { duration, figure } from '../../../src-main/cli/output.ts'

test('numbers and durations are short', () => {
  expect([0.123456, 1e-7, 123456, 0, NaN, undefined].map(figure)).toEqual([
    '0.1235',
    '1.000e-7',
    '123500',
    '0',
    'NaN',
    '-'
  ])
  expect([5.4, 80, 3720].map(duration)).toEqual(['5 s', '1 min 20 s', '1 h 2 min'])
})
