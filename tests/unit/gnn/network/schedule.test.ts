import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkConfig } from '../../../../src-main/gnn/index.ts'
import { afterEpoch, learningRate, plateauStart, scheduleOf } from '../../../../src-main/gnn/network/schedule.ts'
import { smallConfig } from '../small-catalog.ts'

/** Rates as PyTorch 2.15 sets them: OneCycleLR (cosine, two phases) before each step, ReduceLROnPlateau after each epoch. */
const torch = JSON.parse(readFileSync(join(import.meta.dirname, '../../../fixtures/torch-schedules.json'), 'utf8')) as {
  oneCycle: {
    peak: number
    totalSteps: number
    rise: number
    startDivisor: number
    endDivisor: number
    rates: number[]
  }[]
  plateau: { rate: number; factor: number; patience: number; errors: number[]; rates: number[] }[]
}

test('one-cycle equals that of PyTorch', () => {
  for (const { peak, totalSteps, rates, ...settings } of torch.oneCycle) {
    const config = { schedule: { kind: 'one-cycle' as const, ...settings }, learningRate: peak, warmup: 0 }
    rates.forEach((rate, step) => expect(learningRate(config, step, totalSteps) / rate).toBeCloseTo(1, 9))
  }
})

test('plateau reduces the rate where PyTorch does', () => {
  for (const { rate, factor, patience, errors, rates } of torch.plateau) {
    const schedule = { kind: 'plateau' as const, factor, patience }
    let state = plateauStart
    errors.forEach((error, epoch) => {
      state = afterEpoch(schedule, state, error)
      const config = { schedule, learningRate: rate, warmup: 0.1 }
      expect(learningRate(config, 900, 1000, state) / rates[epoch]).toBeCloseTo(1, 9)
    })
  }
})

test('cosine: linear warm-up, half way half, a hundredth at the end', () => {
  const config = { schedule: scheduleOf('cosine'), learningRate: 2, warmup: 0.1 }
  expect(learningRate(config, 0, 1000)).toBeCloseTo(0.02)
  expect(learningRate(config, 49, 1000)).toBeCloseTo(1)
  expect(learningRate(config, 99, 1000)).toBeCloseTo(2)
  expect(learningRate(config, 100, 1000)).toBeCloseTo(2)
  expect(learningRate(config, 550, 1000)).toBeCloseTo(2 * 0.505)
  expect(learningRate(config, 1000, 1000)).toBeCloseTo(0.02)
})

test('constant: nothing but warm-up', () => {
  const config = { schedule: scheduleOf('constant'), learningRate: 2, warmup: 0.5 }
  expect(learningRate(config, 0, 10)).toBeCloseTo(0.4)
  for (const step of [4, 5, 9]) expect(learningRate(config, step, 10)).toBe(2)
  expect(learningRate({ ...config, warmup: 0 }, 0, 10)).toBe(2)
})

test('impossible settings are refused', () => {
  const check = (schedule: typeof smallConfig.schedule) => () => checkConfig({ ...smallConfig, schedule })
  expect(check({ kind: 'plateau', factor: 1, patience: 2 })).toThrow('factor must be between 0 and 1')
  expect(check({ kind: 'plateau', factor: 0.5, patience: -1 })).toThrow('patience must be 0 or')
  expect(check({ kind: 'one-cycle', rise: 0, startDivisor: 25, endDivisor: 10 })).toThrow('rise must be')
  expect(check({ kind: 'one-cycle', rise: 0.3, startDivisor: 0, endDivisor: 10 })).toThrow('divisors must be')
  expect(check({ kind: 'triangle' as 'cosine' })).toThrow('constant, cosine, one-cycle or plateau')
})
