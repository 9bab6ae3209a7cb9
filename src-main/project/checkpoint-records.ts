import { HalolawError } from '../../src-shared/errors.ts'
import { readFitRecords } from '../law/fit/fit-records.ts'
import { logger } from '../log.ts'
import type { RunCheckpoints } from '../run/state/run-store.ts'
import { readCheckpoint } from '../symbolic/index.ts'
import {
  and,
  anyOf,
  dictionaryOf,
  aCount,
  aNumber,
  aText,
  aWholeNumber,
  listOf,
  maybe,
  objectOf,
  oneWordOf,
  orNull,
  problemIn,
  type ContentCheck
} from './content.ts'
import { expressionOf, fittedLawRecord, gnnState, graphLaw, modelRecord } from './model-records.ts'
import { unpack } from './pack.ts'
import { guidanceRecord, keptLawsRecord, lawFormsRecord } from './records.ts'

// Content of a run's checkpoints, as any version of Halolaw has written it.

const log = logger('project')

const numbers = listOf(aNumber)
const texts = listOf(aText)
const weights: ContentCheck = (value) => (value instanceof Float32Array ? null : 'not an array of weights')

const history = listOf(
  objectOf({
    epoch: aCount,
    trainLoss: aNumber,
    validationMae: aNumber,
    learningRate: aNumber,
    seconds: aNumber,
    messageStd: numbers,
    messageKl: maybe(numbers)
  })
)

const gnnCheckpoint = objectOf({
  best: gnnState,
  current: gnnState,
  average: weights,
  moments: weights,
  step: aCount,
  epoch: aCount,
  bestValidationMae: aNumber,
  epochsSinceBest: aCount,
  plateau: objectOf({ scale: aNumber, best: aNumber, epochsWithoutBetter: aCount }),
  history,
  components: listOf(aCount)
})

const trained = objectOf({
  state: gnnState,
  history,
  messageStd: numbers,
  messageKl: maybe(numbers),
  parameterCount: aCount,
  engine: oneWordOf(['cpu', 'webgpu', 'tensorflow']),
  notices: maybe(texts)
})

const front = objectOf({
  front: listOf(
    objectOf({ expression: expressionOf(), complexity: aNumber, loss: aNumber, score: aNumber, breaks: maybe(texts) })
  )
})

const distilled = objectOf({
  fitted: fittedLawRecord,
  short: maybe(fittedLawRecord),
  best: maybe(fittedLawRecord),
  fromMessage: fittedLawRecord,
  reasons: maybe(dictionaryOf(orNull(aText))),
  component: aWholeNumber,
  front: listOf(fittedLawRecord),
  kept: maybe(keptLawsRecord),
  finalists: maybe(listOf(objectOf({ place: aCount, law: fittedLawRecord }))),
  weights: maybe(objectOf({}))
})

const guidanceOf = (guess: ContentCheck): ContentCheck =>
  listOf(objectOf({ guidance: anyOf(objectOf({ weights: objectOf({}) }), objectOf({ guess })), step: orNull(aNumber) }))

/** A check by a function that throws a HalolawError. */
function readBy(read: (value: unknown) => unknown): ContentCheck {
  return (value) => {
    try {
      read(value)
      return null
    } catch (cause) {
      if (cause instanceof HalolawError) return cause.message
      throw cause
    }
  }
}

const checks: Record<Exclude<keyof RunCheckpoints, `trained: ${string}`>, ContentCheck> = {
  network: gnnCheckpoint,
  'network: further': objectOf({ name: aText, checkpoint: gnnCheckpoint }),
  trained,
  'message-search': readBy(readCheckpoint),
  'node-search': readBy(readCheckpoint),
  'message-front': front,
  'node-front': front,
  'law-search': readBy(readFitRecords),
  distilled,
  baselines: objectOf({ models: listOf(and(objectOf({ id: aText }), modelRecord)), skipped: texts }),
  'law-forms': lawFormsRecord,
  'kept-laws': keptLawsRecord,
  'exhausted-laws': objectOf({
    grammar: objectOf({ pair: texts, node: texts, operators: texts }),
    most: aCount,
    done: aCount,
    best: listOf(objectOf({ shape: aText, constants: numbers, complexity: aNumber, loss: aNumber }))
  }),
  guidance: and(
    guidanceRecord,
    objectOf({
      message: guidanceOf(expressionOf()),
      node: guidanceOf(expressionOf()),
      law: guidanceOf(graphLaw)
    })
  )
}

function checkOf(key: keyof RunCheckpoints): ContentCheck {
  const isFurther = (name: keyof RunCheckpoints): name is `trained: ${string}` => name.startsWith('trained: ')
  return isFurther(key) ? trained : checks[key]
}

/**
 * Reads a checkpoint of a run; null if there is none. A checkpoint that does not fit its key is reported and left out,
 * and the run does that part of its work again.
 * @param checkpoints of the run by key, as `pack` wrote them
 * @throws HalolawError `bad-input` when `pack` did not write it
 */
export function readRunCheckpoint<Key extends keyof RunCheckpoints>(
  checkpoints: ReadonlyMap<string, Uint8Array>,
  key: Key
): RunCheckpoints[Key] | null {
  const bytes = checkpoints.get(key)
  if (!bytes) return null
  const value = unpack(bytes)
  const problem = problemIn(value, checkOf(key))
  // Each check above is for the content of its key.
  if (problem === null) return value as RunCheckpoints[Key]
  log.warn(`The checkpoint "${key}" of the run is damaged (${problem}); that part of the run starts again.`)
  return null
}
