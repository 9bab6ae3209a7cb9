import { readArgumentSizes, readBans, type FitTableRequest } from '../symbolic/index.ts'
import { namesFrom, numberFrom, type OptionValues } from './arguments.ts'

/** Options of `halolaw fit` that control the search. */
export const searchOptions = {
  '--define DEFINITION...': 'an operator by formula, such as "gauss(x) = exp(-x^2 / 2)"',
  '--complexity COSTS':
    'paper (default: ^ exp log if cost 3), plain (all cost 1), or such as "exp:3 ^:3 variable:2 constant:1 mass:4"',
  '--max-size N': 'most nodes (operators, variables, constants)',
  '--max-depth N': 'most levels; default 12',
  '--argument-sizes LIST': 'most nodes of arguments, such as "^:*,1 exp:5"',
  '--ban LIST': 'operators banned inside others, such as "exp(log) sin(exp)"; none may contain itself',
  '--require a,b': 'variables that every formula must contain',
  '--forbid a,b': 'variables that no formula may contain',
  '--select K': 'uses the K variables that say most about the target, and reports which and why',
  '--denoise': 'searches on a target smoothed over the nearest rows; the final fit uses the original target',
  '--rounds N': 'ends after N rounds; the same seed and threads then give the same front',
  '--sample-rows N': 'rows of the search (default 1024); the final ranking uses all rows',
  '--checkpoint FILE': 'saves the search to FILE every five seconds and at its end',
  '--resume FILE': 'continues from a checkpoint, with the same table and options',
  '--trace FILE': 'writes the events of the search as JSON Lines: rounds, changes of the front, the final front'
} as const

export function searchRequestFrom(
  values: OptionValues<typeof searchOptions>
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
