import { expect, test } from 'vitest'
import { RemainingTime } from '../../../../src-main/service/jobs/remaining.ts'

test('remaining time is exact at a steady pace, and follows a change of pace', () => {
  const remaining = new RemainingTime()
  let left: number | null = null
  for (let t = 0; t <= 50; t++) left = remaining.at(t / 200, t)
  expect(left).toBeCloseTo(150, 0)
  for (let t = 1; t <= 150; t++) left = remaining.at(0.25 + t / 1000, 50 + t)
  expect(left).toBeGreaterThan(550)
  expect(left).toBeLessThan(620)
})

test('remaining time is not estimated at once, nor from a run without progress', () => {
  const remaining = new RemainingTime()
  expect(remaining.at(0, 0)).toBeNull()
  expect(remaining.at(0.01, 1)).toBeNull()
  const still = new RemainingTime()
  for (let t = 0; t < 10; t++) expect(still.at(0.3, t)).toBeNull()
})

test('remaining time survives a step that goes back', () => {
  const remaining = new RemainingTime()
  for (let t = 0; t <= 20; t++) remaining.at(t / 100, t)
  expect(remaining.at(0.15, 21)).toBeCloseTo(85, 0)
})
