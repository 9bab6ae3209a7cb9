import type { RunConfig } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'
import { neighbourSums } from '../../law/fit/neighbour-sums.ts'
import { nodeVariables, pairVariables } from '../../law/graph-law.ts'
import { countTrees, type LawGrammar } from '../../law/search/enumerate-laws.ts'
import { exhaustLaws, type Exhaustion, type ExhaustionState } from '../../law/search/exhaust-laws.ts'
import { operatorNames, type Operator } from '../../symbolic/index.ts'
import type { WorkOptions } from '../../work.ts'
import { regressionOperators } from '../method/method.ts'
import type { RunSplit } from '../state/run-store.ts'
import { loadGround } from './ground.ts'

/** Which laws an exhaustion fits; undefined: the run's whole vocabulary */
export interface ExhaustionRequest {
  most: number
  variables?: readonly string[]
  operators?: readonly string[]
  /** Whether it may take hours */
  agreed: boolean
}

/** Trees that an exhaustion writes down without being told that it may take long: minutes */
const usualTrees = 5_000_000
/** Trees that can be written down in memory */
const mostTrees = 100_000_000
/** Trees a second on one core, and the share of them that are laws of their own, to estimate times */
const treesPerSecond = 17_000
const shareOfLaws = 0.07
const fitsPerSecond = 200

/**
 * Fits every law up to a complexity to the target of a run's training halos.
 * @throws HalolawError `bad-input` for unknown variables or operators, and for more laws than were agreed to
 */
export async function exhaustRun(
  {
    config,
    sets,
    request
  }: {
    config: RunConfig
    sets: Pick<RunSplit, 'train' | 'validation'>
    request: ExhaustionRequest
  },
  work: WorkOptions & { resumeFrom?: ExhaustionState; onCheckpoint?: (state: ExhaustionState) => void }
): Promise<Exhaustion> {
  const chosen = grammarOf(request)
  checkSize(chosen, request)
  const ground = await loadGround(config, { ...work, onProgress: undefined })
  const sums = neighbourSums(ground)
  const available = new Set<string>([...sums.availableVariables(), ...sums.nodeColumns(new Uint32Array(0)).keys()])
  const grammar = {
    ...chosen,
    pair: chosen.pair.filter((name) => available.has(name)),
    node: chosen.node.filter((name) => available.has(name))
  }
  const { resumeFrom } = work
  const isSame =
    resumeFrom && JSON.stringify([resumeFrom.grammar, resumeFrom.most]) === JSON.stringify([grammar, request.most])
  return exhaustLaws(
    { ...ground, ...sets },
    { grammar, most: request.most },
    {
      ...work,
      seed: config.seed,
      threads: work.threads ?? config.threads,
      resumeFrom: isSame ? resumeFrom : undefined
    }
  )
}

function grammarOf({ variables, operators = [...regressionOperators, 'tanh'] }: ExhaustionRequest): LawGrammar {
  const known: readonly string[] = [...new Set<string>([...pairVariables, ...nodeVariables])]
  const unknown = variables?.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw badInput(`Laws have no variable "${unknown}"; choose from ${known.join(', ')}, separated by commas.`)
  const isOperator = (name: string): name is Operator => operatorNames.some((operator) => operator === name)
  const wrong = operators.find((name) => !isOperator(name))
  if (wrong !== undefined)
    throw badInput(
      `Formulas have no operator "${wrong}"; choose from ${operatorNames.join(', ')}, separated by commas.`
    )
  const used = (names: readonly string[]): string[] => names.filter((name) => variables?.includes(name) ?? true)
  const grammar = { pair: used(pairVariables), node: used(nodeVariables), operators: operators.filter(isOperator) }
  if (grammar.pair.length === 0)
    throw badInput(`A message needs a variable of the pair; add one of ${pairVariables.join(', ')} to --variables.`)
  return grammar
}

function checkSize(grammar: LawGrammar, { most, agreed }: ExhaustionRequest): void {
  const trees = countTrees(grammar, most)
  if (trees <= usualTrees || (agreed && trees <= mostTrees)) return
  const hours = (trees / treesPerSecond + (trees * shareOfLaws) / fitsPerSecond) / 3600
  const size = `About ${(trees * shareOfLaws).toExponential(0)} laws have a complexity up to ${most}, which takes some ${hours.toPrecision(2)} hours`
  throw badInput(
    trees <= mostTrees
      ? `${size}; add --yes to begin, or lower --exhaust, or name fewer --variables and --operators.`
      : `${size} and more memory than there is; lower --exhaust, or name fewer --variables and --operators.`
  )
}
