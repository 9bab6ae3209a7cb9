import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { HalolawError } from '../../../../src-shared/errors.ts'
import { aggregatesOf, messagesOf, parameterCount, predictGnn, trainGnn } from '../../../../src-main/gnn/index.ts'
import type { GnnConfig } from '../../../../src-main/gnn/network/model.ts'
import type {
  GnnCheckpoint,
  GnnInput,
  TrainedGnn,
  TrainOptions
} from '../../../../src-main/gnn/training/train-types.ts'
import { projectRoot } from '../../../../src-main/native.ts'
import { smallCatalog, smallConfig, smallGraph } from '../small-catalog.ts'

const halos = 1500
const catalog = smallCatalog(halos, 3)
const neighbours = smallGraph(catalog, 20)
const index = (take: (i: number) => boolean): Uint32Array =>
  Uint32Array.from({ length: halos }, (_, i) => i).filter(take)
const train = index((i) => i % 5 < 3)
const validation = index((i) => i % 5 === 3)
const test_ = index((i) => i % 5 === 4)
const mass = catalog.mass as Float32Array

/** A planted law: the mass within 20 Mpc/h, each neighbour weighed by 1 - (r / 20)^2, and a tenth of the halo's own. */
const planted = new Float64Array(halos)
beforeAll(() => {
  for (let i = 0; i < halos; i++) {
    const { index, distance } = neighbours.of(i)
    planted[i] = mass[i] / 1e15
    index.forEach((j, n) => (planted[i] += (mass[j] / 1e14) * (1 - (distance[n] / 20) ** 2)))
  }
})

const input = (): GnnInput => ({ catalog, neighbours, target: planted, train, validation })
const run = (config: Partial<GnnConfig>, options: TrainOptions = {}): Promise<TrainedGnn> =>
  trainGnn(input(), { ...smallConfig, ...config }, { seed: 4, threads: 2, ...options })

test('learns a planted law', async () => {
  const config: GnnConfig = {
    ...smallConfig,
    edgeHidden: [32, 32],
    edgeFeatures: ['mass_j', 'r'],
    nodeFeatures: ['mass'],
    linearSkip: true,
    messageWidth: 2,
    epochs: 80,
    batchReceivers: 64,
    learningRate: 1e-2,
    emaDecay: 0.98
  }
  const trained = await trainGnn(input(), config, { seed: 1, threads: 2 })
  const predicted = await predictGnn(trained.state, { catalog, neighbours }, test_)
  const mean = planted.reduce((sum, y) => sum + y, 0) / halos
  const error = (of: (n: number) => number): number =>
    test_.reduce((sum, i, n) => sum + Math.abs(of(n) - planted[i]), 0) / test_.length
  expect(error((n) => predicted[n])).toBeLessThan(0.1 * error(() => mean))
  expect(trained.history).toHaveLength(80)
  expect(trained.messageStd).toHaveLength(2)
  expect(trained.parameterCount).toBe(parameterCount(config))
})

test('same seed, same bytes, on one thread and on three', async () => {
  const [once, again, three] = [
    await run({}, { threads: 1 }),
    await run({}, { threads: 1 }),
    await run({}, { threads: 3 })
  ]
  expect(again.state.parameters).toEqual(once.state.parameters)
  expect(three.state.parameters).toEqual(once.state.parameters)
  expect(three.messageStd).toEqual(once.messageStd)
  const other = await run({}, { seed: 5 })
  expect(other.state.parameters).not.toEqual(once.state.parameters)
})

test('a resumed run ends with the bytes of one that never stopped', async () => {
  const config: Partial<GnnConfig> = {
    epochs: 4,
    emaDecay: 0.9,
    penalty: { kind: 'l1', weight: 0.01 },
    weightDecay: 1e-3
  }
  const checkpoints: GnnCheckpoint[] = []
  const whole = await run(config, { onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) })
  const resumed = await run(config, { resumeFrom: checkpoints[1] })
  expect(resumed.state.parameters).toEqual(whole.state.parameters)
  expect(resumed.history.map((record) => record.trainLoss)).toEqual(whole.history.map((record) => record.trainLoss))
})

test('a plateau schedule resumes from its checkpoint with the same bytes', async () => {
  const config: Partial<GnnConfig> = {
    epochs: 8,
    learningRate: 0.1,
    schedule: { kind: 'plateau', factor: 0.5, patience: 0 }
  }
  const checkpoints: GnnCheckpoint[] = []
  const whole = await run(config, { onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) })
  const at = checkpoints.findIndex(({ plateau }) => plateau.scale < 1)
  expect(at).toBeGreaterThanOrEqual(0)
  expect(at).toBeLessThan(7)
  const resumed = await run(config, { resumeFrom: checkpoints[at] })
  expect(resumed.state.parameters).toEqual(whole.state.parameters)
  const rates = (trained: TrainedGnn): number[] => trained.history.map((record) => record.learningRate)
  expect(rates(resumed)).toEqual(rates(whole))
  expect(rates(whole).at(-1)).toBeLessThan(0.1)
})

test('a cancelled run stops, and resumes from its checkpoint', async () => {
  const controller = new AbortController()
  let checkpoint: GnnCheckpoint | undefined
  const cancelled = run(
    { epochs: 1000 },
    {
      signal: controller.signal,
      onCheckpoint: (saved) => {
        checkpoint = saved
        controller.abort()
      }
    }
  )
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
  expect(checkpoint?.epoch).toBe(1)
})

test('stops when the validation error no longer falls, and keeps the best network', async () => {
  let last: GnnCheckpoint | undefined
  const trained = await run(
    { epochs: 300, patience: 2, learningRate: 0.05 },
    { onCheckpoint: (saved) => (last = saved) }
  )
  expect(trained.history.length).toBeLessThan(300)
  const best = Math.min(...trained.history.map((record) => record.validationMae))
  expect(last?.bestValidationMae).toBe(best)
  const predicted = await predictGnn(trained.state, { catalog, neighbours }, validation)
  const error = validation.reduce((sum, i, n) => sum + Math.abs(predicted[n] - planted[i]), 0) / validation.length
  expect(error).toBeCloseTo(best, 4)
})

test('the sums of messages are the sums over neighbours of the messages', async () => {
  const { state } = await run({ epochs: 1 })
  const some = test_.subarray(0, 20)
  const sums = await aggregatesOf(state, { catalog, neighbours }, some)
  for (const [n, i] of some.entries()) {
    const sender = neighbours.of(i).index
    const messages = await messagesOf(
      state,
      { catalog, neighbours },
      {
        receiver: new Uint32Array(sender.length).fill(i),
        sender
      }
    )
    for (let d = 0; d < 5; d++) {
      let sum = 0
      for (let e = 0; e < sender.length; e++) sum += messages[e * 5 + d]
      expect(sums[n * 5 + d]).toBeCloseTo(sum, 2)
    }
  }
})

test('an exploding loss is reported with its step; in the first epoch there is no checkpoint yet', async () => {
  let checkpoint: GnnCheckpoint | undefined
  const exploding = run(
    { activation: 'relu', learningRate: 1e30, epochs: 50, warmup: 0.5 },
    { onCheckpoint: (saved) => (checkpoint = saved) }
  )
  const error = await exploding.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(HalolawError)
  expect(error).toMatchObject({ code: 'diverged', message: expect.stringMatching(/epoch \d+, step \d+/) as string })
  expect(checkpoint).toBeUndefined()
})

test('a run that explodes after a good start has returned its best network', async () => {
  const checkpoints: GnnCheckpoint[] = []
  await run({ epochs: 3 }, { onCheckpoint: (saved) => checkpoints.push(saved) })
  const [, good] = checkpoints
  const exploding = run(
    { epochs: 3, learningRate: 1e30 },
    { resumeFrom: good, onCheckpoint: (saved) => checkpoints.push(saved) }
  )
  await expect(exploding).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringMatching(/in epoch 3, step \d+; .* The best network so far is kept\./) as string
  })
  expect(checkpoints).toHaveLength(3)
  const predicted = await predictGnn(good.best, { catalog, neighbours }, validation)
  const error = validation.reduce((sum, i, n) => sum + Math.abs(predicted[n] - planted[i]), 0) / validation.length
  expect(error).toBeCloseTo(good.bestValidationMae, 4)
})

test('a batch larger than the training set contains all of it', async () => {
  const [most, all] = [
    await run({ batchReceivers: 2 ** 24, epochs: 1 }),
    await run({ batchReceivers: train.length, epochs: 1 })
  ]
  expect(most.state.parameters).toEqual(all.state.parameters)
  await expect(run({ batchReceivers: 1e9 })).rejects.toThrow('batchReceivers must be a whole number from 1 to 16777216')
})

test('bad input is refused', async () => {
  const broken = planted.slice()
  broken[train[3]] = NaN
  const refused = (what: Partial<GnnInput>, config: Partial<GnnConfig> = {}): Promise<TrainedGnn> =>
    trainGnn({ ...input(), ...what }, { ...smallConfig, ...config })
  await expect(refused({ target: broken })).rejects.toThrow(`The target is NaN for halo ${train[3]}`)
  await expect(refused({ train: new Uint32Array(0) })).rejects.toThrow('No halo is left to train on')
  await expect(refused({}, { messageWidth: 200 })).rejects.toThrow('messageWidth must be a whole number from 1 to 128')
  await expect(refused({}, { edgeFeatures: ['radius'] })).rejects.toThrow('The edge feature "radius" is not known')
  await expect(refused({}, { edgeFeatures: ['colour_j'] })).rejects.toThrow('The feature "colour_j" is not known')
  await expect(refused({}, { edgeFeatures: ['r', 'r'] })).rejects.toThrow('"r" occurs twice')
  const target = catalog.extra.get('spin') as Float32Array
  await expect(refused({ target }, { edgeFeatures: ['r', 'spin_j'] })).rejects.toThrow('"spin" is the target itself')
})

test('a target that is not a number outside of train and validation is never read', async () => {
  const holes = planted.slice()
  for (const halo of test_) holes[halo] = NaN
  const trained = await trainGnn({ ...input(), target: holes }, smallConfig, { seed: 4, threads: 2 })
  expect(trained.state.parameters).toEqual((await run({})).state.parameters)
})

test('every instruction set of this processor trains to the same losses', async () => {
  const script = `
    import { smallCatalog, smallConfig, smallGraph } from './tests/unit/gnn/small-catalog.ts'
    import { trainGnn } from './src-main/gnn/index.ts'
    import { native } from './src-main/native.ts'
    const catalog = smallCatalog(400, 3)
    const halos = Uint32Array.from({ length: 400 }, (_, i) => i)
    const input = { catalog, neighbours: smallGraph(catalog, 20), target: catalog.x, train: halos, validation: halos }
    const config = { ...smallConfig, edgeHidden: [70, 50], messageWidth: 20, penalty: { kind: 'l1', weight: 0.1 } }
    const { history } = await trainGnn(input, config, { seed: 1, threads: 2 })
    console.log(JSON.stringify({ isa: native().instructionSet, losses: history.map((record) => record.trainLoss) }))`
  const outcomes = await Promise.all(
    ['base', 'avx2', 'avx512'].map(async (isa) => {
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script], {
        cwd: join(projectRoot()),
        env: { ...process.env, HALOLAW_ISA: isa }
      })
      return JSON.parse(stdout) as { isa: string; losses: number[] }
    })
  )
  expect(outcomes[0].isa).toBe('base')
  for (const { losses } of outcomes) losses.forEach((loss, n) => expect(loss / outcomes[0].losses[n]).toBeCloseTo(1, 3))
})
