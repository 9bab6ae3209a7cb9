import type { FitTableRequest, SearchCheckpoint } from '../symbolic/index.ts'
import { numberFrom } from './arguments.ts'
import { checkpointFrom, keepCheckpoint } from './search-file.ts'

/** Options of `halolaw fit` that say how the search goes. */
export const searchArguments = {
  rounds: { type: 'string' },
  'sample-rows': { type: 'string' },
  checkpoint: { type: 'string' },
  resume: { type: 'string' }
} as const

export const searchHelp = `  --rounds N             ends after N rounds; then the same seed and threads give the same front
  --sample-rows N        rows that the search looks at (default 1024); the final ranking takes all
  --checkpoint FILE      keeps the search there, every five seconds and at its end
  --resume FILE          goes on from a checkpoint, with the same table and options`

type Values = Partial<Record<keyof typeof searchArguments, string>>

export function searchRequestFrom(values: Values): Pick<FitTableRequest, 'rounds' | 'sampleRows'> {
  const whole = { integer: true, least: 1 }
  return {
    rounds: numberFrom('rounds', values.rounds, whole),
    sampleRows: numberFrom('sample-rows', values['sample-rows'], { ...whole, least: 16, most: 1e6 })
  }
}

/** Seed and threads of a search that is resumed are its own. */
export function checkpointsFrom(values: Values): {
  resume?: SearchCheckpoint
  onCheckpoint?: (checkpoint: SearchCheckpoint) => void
} {
  return {
    resume: values.resume === undefined ? undefined : checkpointFrom(values.resume),
    onCheckpoint: values.checkpoint === undefined ? undefined : keepCheckpoint(values.checkpoint)
  }
}
