import { badInput } from '../../../src-shared/errors.ts'
import type { GnnConfig, MessagePenalty } from './model.ts'

/** A parsed message strategy; missing members take the preset's value or the default. */
interface Strategy {
  kind: MessagePenalty['kind']
  /** D of a bottleneck */
  width?: number
  weight?: number
  rampUp?: number
}

export const strategyGrammar =
  'write standard, bottleneck:2, l1, kl or sparse; the last three accept a weight and the fraction of steps over which it grows, such as l1:0.02:0.3'

/** Default weights; with the quick preset on the bundled simulation they leave one or two leading components */
const defaultWeights = { l1: 0.02, kl: 0.01, sparse: 0.1 } as const

/**
 * Parses `standard`, `bottleneck:D`, or `l1`, `kl` or `sparse` with an optional `:weight` and `:fraction` of the steps over
 * which the weight grows from 0. Returns null for any other text.
 */
export function strategyOf(text: string): Strategy | null {
  const [kind, ...parts] = text.split(':')
  const numbers = parts.map((part) => (/^[\d.]+(e[+-]?\d+)?$/i.test(part) ? Number(part) : NaN))
  if (numbers.some((value) => !Number.isFinite(value))) return null
  const [first, second] = numbers
  switch (kind) {
    case 'standard':
      return numbers.length === 0 ? { kind: 'none' } : null
    case 'bottleneck':
      return numbers.length === 1 && Number.isInteger(first) && first >= 1 && first <= 128
        ? { kind, width: first }
        : null
    case 'l1':
    case 'kl':
    case 'sparse':
      return numbers.length <= 2 && !(second > 1) ? { kind, weight: first, rampUp: second } : null
    default:
      return null
  }
}

/**
 * A network's settings with the message strategy of `text`.
 * @throws HalolawError `bad-input` that lists the possible strategies
 */
export function withMessages(config: GnnConfig, text: string): GnnConfig {
  const strategy = strategyOf(text)
  if (strategy === null) throw badInput(`The message strategy "${text}" is not known; ${strategyGrammar}.`)
  const { kind, width = config.messageWidth, rampUp } = strategy
  const defaultWeight =
    config.penalty.kind === kind ? config.penalty.weight : kind in defaultWeights ? defaultWeights[kind as 'l1'] : 0
  return {
    ...config,
    messageWidth: width,
    penalty: { kind, weight: strategy.weight ?? defaultWeight, ...(rampUp !== undefined && { rampUp }) }
  }
}
