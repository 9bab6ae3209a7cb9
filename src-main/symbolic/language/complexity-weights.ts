import { badInput } from '../../../src-shared/errors.ts'
import { operatorNames, paperWeights, type ComplexityWeights } from './expression.ts'
import { nearNames } from '../../near-names.ts'

/** Every operator, variable and constant costs 1. */
const plainWeights: ComplexityWeights = {}

/**
 * Reads `paper` (the paper's weights), `plain` (all 1), or costs such as `exp:3 ^:3 variable:2 constant:1 mass:4`: of operators, of all
 * variables or constants, and of single variables; anything else costs 1.
 * @throws HalolawError `bad-input` for a name that is none of these or a cost below 0
 */
export function readComplexity(
  text: string,
  variables: readonly string[],
  userOperators: readonly string[] = []
): ComplexityWeights {
  const preset = text.trim()
  if (preset === 'paper') return paperWeights
  if (preset === 'plain') return plainWeights
  const weights: ComplexityWeights & { operators: Record<string, number>; variables: Record<string, number> } = {
    operators: {},
    variables: {}
  }
  for (const entry of text.split(/[\s,;]+/).filter(Boolean)) {
    const at = entry.lastIndexOf(':')
    const name = entry.slice(0, at)
    const cost = entry.slice(at + 1) === '' ? NaN : Number(entry.slice(at + 1))
    if (at < 1 || !(cost >= 0 && cost <= 1000))
      throw badInput(
        `The complexity "${entry}" is malformed; write a cost from 0 to 1000 such as "exp:3", or one of the presets "paper" and "plain".`
      )
    if ((operatorNames as string[]).includes(name) || userOperators.includes(name)) weights.operators[name] = cost
    else if (variables.includes(name)) weights.variables[name] = cost
    else if (name === 'variable' || name === 'constant') weights[name] = cost
    else {
      const near = nearNames(name, [...operatorNames, ...userOperators, ...variables, 'variable', 'constant'])
      throw badInput(
        `A complexity is given for "${name}", which is neither an operator nor a variable${near.length > 0 ? `; did you mean "${near[0]}"?` : '.'}`
      )
    }
  }
  return weights
}
