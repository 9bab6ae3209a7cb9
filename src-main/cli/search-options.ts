import { readArgumentSizes, readBans, type FitTableRequest } from '../symbolic/index.ts'
import { namesFrom, numberFrom } from './arguments.ts'

/** Options of `halolaw fit` that say how the search goes. */
export const searchArguments = {
  define: { type: 'string', multiple: true },
  complexity: { type: 'string' },
  'max-size': { type: 'string' },
  'max-depth': { type: 'string' },
  'argument-sizes': { type: 'string' },
  ban: { type: 'string' },
  require: { type: 'string' },
  forbid: { type: 'string' },
  select: { type: 'string' },
  denoise: { type: 'boolean' },
  rounds: { type: 'string' },
  'sample-rows': { type: 'string' },
  checkpoint: { type: 'string' },
  resume: { type: 'string' }
} as const

export const searchHelp = `  --define DEFINITION    an operator by formula, such as "gauss(x) = exp(-x^2 / 2)"; may be repeated
  --complexity COSTS     paper (default: ^ exp log if cost 3), plain (all 1), or such as "exp:3 ^:3 variable:2 constant:1 mass:4"
  --max-size N           most nodes (operators, variables, constants)
  --max-depth N          most levels; default 12
  --argument-sizes LIST  most nodes of arguments, such as "^:*,1 exp:5"
  --ban LIST             operators that may not stand inside others, such as "exp(log) sin(exp)"; none ever inside its own kind
  --require a,b          variables that every formula must have
  --forbid a,b           variables that none may have
  --select K             keeps the K variables that tell most about the target, and says which and why
  --denoise              the search looks at a target smoothed over the nearest rows; the last fit takes it as it is
  --rounds N             ends after N rounds; then the same seed and threads give the same front
  --sample-rows N        rows that the search looks at (default 1024); the final ranking takes all
  --checkpoint FILE      keeps the search there, every five seconds and at its end
  --resume FILE          goes on from a checkpoint, with the same table and options`

type Values = Partial<Record<Exclude<keyof typeof searchArguments, 'define' | 'denoise'>, string>> & {
  define?: string[]
  denoise?: boolean
}

export function searchRequestFrom(
  values: Values
): Pick<
  FitTableRequest,
  'select' | 'denoise' | 'define' | 'complexity' | 'constraints' | 'maxDepth' | 'forbidden' | 'rounds' | 'sampleRows'
> {
  const whole = { integer: true, least: 1 }
  return {
    select: numberFrom('select', values.select, whole),
    denoise: values.denoise,
    define: values.define,
    complexity: values.complexity,
    constraints: {
      maxSize: numberFrom('max-size', values['max-size'], whole),
      argumentSizes: values['argument-sizes'] === undefined ? undefined : readArgumentSizes(values['argument-sizes']),
      bans: values.ban === undefined ? undefined : readBans(values.ban),
      required: namesFrom(values.require)
    },
    maxDepth: numberFrom('max-depth', values['max-depth'], whole),
    forbidden: namesFrom(values.forbid),
    rounds: numberFrom('rounds', values.rounds, whole),
    sampleRows: numberFrom('sample-rows', values['sample-rows'], { ...whole, least: 16, most: 1e6 })
  }
}
