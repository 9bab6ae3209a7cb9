import { expect, test } from 'vitest'
import { shareText, splitText } from '../../../../src-renderer/masks/mask-words.ts'

test('a mask is counted with its share in three digits', () => {
  expect(shareText(1200, 37_239)).toBe('1,200 halos, 3.22 %')
  expect(shareText(1, 3)).toBe('1 halos, 33.3 %')
})

test('the sets of a run are named, empty ones only if every run has them', () => {
  const counts = { train: 1500, test: 0, ood: 0, missing: 0, warnings: [] }
  expect(splitText(counts)).toBe('1,500 train, 0 test')
  expect(splitText({ ...counts, test: 20, ood: 5, missing: 3 })).toBe('1,500 train, 20 test, 5 OOD, 3 without target')
})
