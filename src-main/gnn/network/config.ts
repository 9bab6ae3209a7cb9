import { badInput } from '../../../src-shared/errors.ts'
import type { Preset } from '../../../src-shared/contract.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { defaultFeatures } from './features.ts'
import type { GnnConfig, MessagePenalty } from './model.ts'
import { scheduleOf, scheduleProblem } from './schedule.ts'

/**
 * Presets: quick trains in seconds on two cores, standard in half a minute; paper is Cranmer et al. 2020.
 *
 * Quick and standard have a linear node function: the prediction is a sum over pairs of a learned function of both halos and
 * their separation, plus a linear function of the halo's features. On the bundled simulation a node MLP does not improve the
 * validation error, and it saturates outside the training range: its error on held-out halos with delta > 1 is twice as large.
 */
export function presetConfig(preset: Preset, catalog: Pick<Catalog, 'mass' | 'velocity'>): GnnConfig {
  const features = defaultFeatures(catalog)
  const standard: GnnConfig = {
    edgeHidden: [64, 64],
    nodeHidden: [],
    messageWidth: 8,
    activation: 'silu',
    edgeFeatures: features.edge,
    nodeFeatures: features.node,
    linearSkip: false,
    penalty: { kind: 'l1', weight: 0.02 },
    weightDecay: 1e-4,
    clipNorm: 1,
    loss: { kind: 'huber', delta: 0.05 },
    batchReceivers: 64,
    epochs: 40,
    learningRate: 5e-3,
    schedule: scheduleOf('cosine'),
    warmup: 0.05,
    patience: 0,
    emaDecay: 0.998
  }
  if (preset === 'standard') return standard
  if (preset === 'quick') return { ...standard, edgeHidden: [32, 32], messageWidth: 8, epochs: 12 }
  return {
    ...standard,
    edgeHidden: [500, 500],
    nodeHidden: [500, 500],
    messageWidth: 100,
    activation: 'relu',
    penalty: { kind: 'l1', weight: 0.01 },
    weightDecay: 1e-8,
    loss: { kind: 'mae' },
    epochs: 200,
    learningRate: 1e-3
  }
}

/** @throws HalolawError `bad-input` naming the invalid member and its allowed values */
export function checkConfig(config: GnnConfig): void {
  const isWidth = (n: number, most: number): boolean => Number.isInteger(n) && n >= 1 && n <= most
  const isShare = (x: number): boolean => x >= 0 && x < 1
  const checks: [boolean, string][] = [
    [
      config.edgeHidden.length >= 1 &&
        config.edgeHidden.length <= 16 &&
        config.edgeHidden.every((n) => isWidth(n, 4096)),
      'edgeHidden must hold 1 to 16 widths of 1 to 4096'
    ],
    [
      config.nodeHidden.length <= 16 && config.nodeHidden.every((n) => isWidth(n, 4096)),
      'nodeHidden must hold at most 16 widths of 1 to 4096'
    ],
    [isWidth(config.messageWidth, 128), 'messageWidth must be a whole number from 1 to 128'],
    [config.activation === 'relu' || config.activation === 'silu', 'activation must be relu or silu'],
    [config.edgeFeatures.length >= 1, 'edgeFeatures must name at least one feature'],
    [
      ['none', 'bottleneck', 'l1', 'kl', 'sparse'].includes(config.penalty.kind) &&
        config.penalty.weight >= 0 &&
        Number.isFinite(config.penalty.weight),
      'penalty must be none, bottleneck, l1, kl or sparse, its weight 0 or more'
    ],
    [
      config.penalty.rampUp === undefined || (config.penalty.rampUp >= 0 && config.penalty.rampUp <= 1),
      "penalty's rampUp must be from 0 to 1"
    ],
    [config.weightDecay >= 0 && Number.isFinite(config.weightDecay), 'weightDecay must be 0 or more'],
    [config.clipNorm >= 0, 'clipNorm must be 0 or more'],
    [
      config.loss.kind === 'mae' || (config.loss.kind === 'huber' && config.loss.delta > 0),
      'loss must be mae, or huber with a positive delta'
    ],
    [isWidth(config.batchReceivers, 2 ** 24), 'batchReceivers must be a whole number from 1 to 16777216'],
    [isWidth(config.epochs, 1e6), 'epochs must be a positive whole number'],
    [config.learningRate > 0 && Number.isFinite(config.learningRate), 'learningRate must be positive'],
    [isShare(config.warmup), 'warmup must be at least 0 and below 1'],
    [Number.isInteger(config.patience) && config.patience >= 0, 'patience must be 0 or a positive whole number'],
    [isShare(config.emaDecay), 'emaDecay must be at least 0 and below 1']
  ]
  const wrong = checks.find(([ok]) => !ok)?.[1] ?? scheduleProblem(config.schedule)
  if (wrong) throw badInput(`The network's settings cannot be used: ${wrong}.`)
}

/** Weight of the penalty in the loss of one step out of `steps`; 0 for strategies without a term in the loss. */
export function penaltyWeight({ penalty }: Pick<GnnConfig, 'penalty'>, step = Infinity, steps = 0): number {
  if (penalty.kind !== 'l1' && penalty.kind !== 'kl') return 0
  return penalty.weight * rampedUp(penalty, step, steps)
}

/** Fraction of the penalty's full weight at a step. */
export function rampedUp({ rampUp = 0 }: MessagePenalty, step: number, steps: number): number {
  const ramp = rampUp * steps
  return step < ramp ? (step + 1) / (ramp + 1) : 1
}
