import { Random } from '../../random.ts'
import type { Pairs } from '../../graph/pairs.ts'
import {
  call,
  constant,
  nameConstants,
  variable,
  type ComplexityWeights,
  type Expression,
  type SearchControl,
  type TraceSink
} from '../../symbolic/index.ts'
import { progressSlice } from '../../work.ts'
import type { Progress, WorkOptions } from '../../work.ts'
import { composeLaw, nodeVariables } from '../graph-law.ts'
import type { FittedLaw, GraphLaw } from '../graph-law.ts'
import { isFiniteOn } from '../fit/evaluate-law.ts'
import { FitJournal, type FitLaw, type FitRecords } from '../fit/fit-journal.ts'
import { LawJudge, refitLaws, type LawChoice, type LawData } from './choose-law.ts'
import { graphFit } from '../fit/graph-fit.ts'
import { searchOnGraph, type GraphSearchOptions, type SearchedFront } from './graph-search.ts'
import { fitLaws } from './law-front.ts'
import { lawText, tracedFront } from './graph-trace.ts'
import { keepLaws, type KeptLaws } from './kept-laws.ts'
import { conformsTo, seedsOf, lawVocabularyOf, type GraphTemplate } from '../text/graph-template.ts'
import { neighbourSums } from '../fit/neighbour-sums.ts'
import { sampleOf, sampleWithExtremes, targetsOf } from '../fit/refit.ts'
import { errorOfMedian } from '../fit/robust-fit.ts'
import { spellingOf } from '../rewrite/spelling.ts'
import { withScales } from '../rewrite/tidy.ts'

/** What distilling reads of a trained network; arrays are row-major with `width` message components per row. */
export interface DistilledNetwork {
  width: number
  /** How much each message component carries: the one that carries most is distilled */
  relevance: readonly number[]
  messages(pairs: Pairs): Promise<Float32Array>
  /** Sums of the messages over the neighbours of each receiver */
  sums(receivers: Uint32Array): Promise<Float32Array>
  predict(receivers: Uint32Array): Promise<Float32Array>
}

/** Columns and a target for a symbolic regression. */
export interface RegressionTask {
  which: 'message' | 'node'
  variables: { name: string; values: Float64Array }[]
  target: Float64Array
}

export interface DistilInput extends LawData {
  network: DistilledNetwork
}

export interface DistilOptions extends WorkOptions {
  seed: number
  /** Symbolic regression of a table: its front, simplest first. */
  regress: (problem: RegressionTask, onProgress: (progress: Progress) => void) => Promise<Expression[]>
  /** Rows of its tables: random pairs and random halos */
  pairs: number
  halos: number
  /** Fits that the search on the graph makes */
  graphEvaluations: number
  /** Receivers that it fits on */
  graphReceivers: number
  /** The law's structure; the search on the graph tries no other. */
  template?: GraphTemplate
  /** Message and node together: no law of the search has a larger complexity */
  maxComplexity: number
  /** Complexity of the short law at most: that of the best law made by hand */
  shortComplexity: number
  /** Reports the stage that begins: one of three searches, then the final refit */
  onStage?: (stage: 'message' | 'node' | 'law' | 'refit') => void
  /** Guides the search on the graph: laws to try, other complexity weights */
  control?: SearchControl<GraphLaw>
  onGuess?: GraphSearchOptions['onGuess']
  /** Reports the front of laws on the graph as it grows, simplest first */
  onFront?: (front: FittedLaw[]) => void
  /** Receives the events of the search on the graph, then the front after the refit on more halos and the law that is chosen */
  onTrace?: TraceSink
  /** Reports all fits of the search on the graph every few seconds; the search can resume from them. */
  onCheckpoint?: (fits: FitRecords) => void
  resumeFrom?: FitRecords
}

/** Three laws of one search. The last two are absent in checkpoints of earlier versions. */
export interface ChosenLaws {
  /** The simplest within a standard error of the best */
  fitted: FittedLaw
  /** The best of at most the short complexity */
  short?: FittedLaw
  /** The one of least validation error */
  best?: FittedLaw
}

export interface Distilled extends ChosenLaws {
  /** The network's message and node function composed and refitted, without the search through the sum */
  fromMessage: FittedLaw
  /** Why each was chosen, a sentence; absent in checkpoints of earlier versions */
  reasons?: Partial<Record<keyof ChosenLaws | 'fromMessage', string | null>>
  /** The message component that was distilled */
  component: number
  /** Laws fitted on the graph, simplest first, with their error on the validation halos */
  front: FittedLaw[]
  /** All laws that the search fitted */
  kept?: KeptLaws
  /** The laws that were judged on the validation halos, by their place among the kept ones */
  finalists?: { place: number; law: FittedLaw }[]
  /** Complexity weights that a person set during the search; absent: the paper's */
  weights?: ComplexityWeights
}

/**
 * Turns a trained network into a law, in two ways. The first is that of Cranmer et al. 2020, section 4.3: symbolic regression of
 * the leading message component over random pairs and of the prediction over random halos, both fronts composed on the graph.
 * The second adds a search through the sum over neighbours, from these laws, against the target itself. Either way the law is
 * chosen on the validation halos, and all its constants are refitted on the training halos.
 */
export async function distil(input: DistilInput, options: DistilOptions): Promise<Distilled> {
  const { target, train } = input
  const { signal, seed, threads, onProgress } = options
  const part = (from: number, to: number) => progressSlice(onProgress, from, to)

  options.onStage?.('message')
  const component = leadingComponent(input.network.relevance)
  const messages = await options.regress(await messageProblem(input, component, options), part(0, 0.1))
  options.onStage?.('node')
  const nodes = await options.regress(await nodeProblem(input, component, options), part(0.1, 0.15))

  const graph = neighbourSums(input)
  const rows = sampleWithExtremes(train, target, options.graphReceivers, new Random(seed))
  const values = targetsOf(target, rows)
  const sample = graphFit(graph, rows, values, options)
  const further = sampleOf(train, finiteShare * rows.length, new Random(seed).fork(5))
  const journal = new FitJournal(sample.fit, options.resumeFrom)
  const search = {
    signal,
    fit: checkpointed(journal, options.onCheckpoint),
    lossAt: sample.lossAt,
    score: sample.score,
    isFinite: (law: GraphLaw) => isFiniteOn(law, input, further, { threads }),
    maxComplexity: options.maxComplexity,
    constantLoss: errorOfMedian(values)
  }
  const composed = compositions(messages, nodes)
  options.onStage?.('law')
  const { template } = options
  const allows = template && conformsTo(template)
  const onGraph = await searchOnGraph(template ? [...seedsOf(template), ...composed] : composed, {
    ...search,
    seed,
    evaluations: options.graphEvaluations,
    vocabulary: template
      ? lawVocabularyOf(template)
      : {
          pair: graph.availableVariables(),
          node: [...nodeVariables.filter((name) => graph.nodeColumns(rows).has(name)), 'e1'],
          sums: mostSums
        },
    allows,
    control: options.control,
    onGuess: options.onGuess,
    onFront: options.onFront,
    onTrace: options.onTrace,
    onProgress: part(0.15, 0.92)
  })
  const weights = options.control?.weights
  const plain = await fitLaws(composed, { ...search, weights })
  options.onCheckpoint?.(journal.records())

  options.onStage?.('refit')
  const choice = { signal, seed, threads }
  const refitted = await refitLaws(finalistsOf(onGraph), input, refitShare * rows.length, {
    ...choice,
    weights,
    allows,
    maxComplexity: options.maxComplexity
  })
  const judge = await LawJudge.of(refitted, input, { ...choice, onProgress: part(0.92, 0.96) })
  const simplest = await judge.choose('simplest')
  const short = await judge.choose('best', options.shortComplexity)
  const best = await judge.choose('best')
  const front = judge.front
  options.onTrace?.({ event: 'choice', front: tracedFront(front), best: lawText(simplest.law.formula) })
  const fromMessage = await (
    await LawJudge.of(plain, input, { ...choice, onProgress: part(0.96, 1) })
  ).choose('simplest')
  return {
    ...chosen({ fitted: simplest, short, best, fromMessage }),
    component,
    front,
    ...(await keptOf(onGraph, judge)),
    weights
  }
}

function chosen(
  choices: Record<keyof ChosenLaws | 'fromMessage', LawChoice>
): Pick<Distilled, keyof ChosenLaws | 'fromMessage' | 'reasons'> {
  const { fitted, short, best, fromMessage } = choices
  return {
    fitted: fitted.law,
    short: short.law,
    best: best.law,
    fromMessage: fromMessage.law,
    reasons: {
      fitted: fitted.reason,
      short: short.reason,
      best: best.reason,
      fromMessage: fromMessage.reason
    }
  }
}

/** Laws of each number of constants that are refitted on more halos, besides the front and the laws close to it */
const finalistsByConstants = 2
/** Laws close to the front that are refitted at most */
const mostClose = 16

/** The front, the laws closest to it, and the best of each number of constants */
function finalistsOf({ front, close, laws }: SearchedFront): FittedLaw[] {
  const byConstants = new Map<number, FittedLaw[]>()
  for (const law of laws) byConstants.set(law.constants.length, [...(byConstants.get(law.constants.length) ?? []), law])
  const best = [...byConstants.values()].flatMap((some) =>
    some.sort((a, b) => a.trainMae - b.trainMae).slice(0, finalistsByConstants)
  )
  const closest = [...close].sort((a, b) => a.trainMae - b.trainMae).slice(0, mostClose)
  const bySpelling = new Map([...best, ...closest, ...front].map((law) => [spellingOf(law.formula), law]))
  return [...bySpelling.values()]
}

/** All laws of the search; the best of each number of constants with the constants of the final refit. */
async function keptOf({ laws }: SearchedFront, judge: LawJudge): Promise<Pick<Distilled, 'kept' | 'finalists'>> {
  const refits = await judge.bestByConstants()
  const { kept, places } = keepLaws(laws, judge.laws)
  return { kept, finalists: [...places].map(([law, place]) => ({ place, law: refits.get(law) ?? law })) }
}

/** The best laws of the search are fitted again on this many times its receivers. */
const refitShare = 4

/** Laws have to be finite on this many times the receivers of the search. */
const finiteShare = 5

/** Sums over neighbours in one law at most */
const mostSums = 2

/** Seconds between checkpoints: the most work that a killed run repeats. */
const checkpointInterval = 4

function checkpointed(journal: FitJournal, onCheckpoint: DistilOptions['onCheckpoint']): FitLaw {
  let last = performance.now()
  return async (formula, goal) => {
    const fitted = await journal.fit(formula, goal)
    if (onCheckpoint && performance.now() - last > 1000 * checkpointInterval) {
      onCheckpoint(journal.records())
      last = performance.now()
    }
    return fitted
  }
}

function leadingComponent(relevance: readonly number[]): number {
  return relevance.reduce((best, value, k) => (value > relevance[best] ? k : best), 0)
}

async function messageProblem(input: DistilInput, component: number, options: DistilOptions): Promise<RegressionTask> {
  const pairs = await input.neighbours.samplePairs(options.pairs, options.seed, input.train)
  const messages = await input.network.messages(pairs)
  const columns = await neighbourSums(input).pairColumns(pairs)
  return {
    which: 'message',
    variables: [...columns].map(([name, values]) => ({ name, values })),
    target: Float64Array.from(pairs.receiver, (_, row) => messages[row * input.network.width + component])
  }
}

async function nodeProblem(input: DistilInput, component: number, options: DistilOptions): Promise<RegressionTask> {
  const halos = sampleOf(input.train, options.halos, new Random(options.seed).fork(2))
  const sums = await input.network.sums(halos)
  const columns = new Map(neighbourSums(input).nodeColumns(halos))
  columns.set(
    'e',
    Float64Array.from(halos, (_, row) => sums[row * input.network.width + component])
  )
  return {
    which: 'node',
    variables: [...columns].map(([name, values]) => ({ name, values })),
    target: Float64Array.from(await input.network.predict(halos))
  }
}

/** Whole numbers up to this one belong to a form */
const largestLiteral = 10

/** Every message with every node function, and with the plain C1 + C2 e, from which the search can build others. */
function compositions(messages: readonly Expression[], nodes: readonly Expression[]): GraphLaw[] {
  const plain = call('+', constant(0, 'C'), call('*', constant(1, 'C'), variable('e')))
  // Named first, because a number in a regression's formula is a fitted constant too, except for a small exponent or factor.
  const isFitted = (value: number): boolean => !Number.isInteger(value) || Math.abs(value) > largestLiteral
  const scaled = (part: Expression): Expression => withScales(nameConstants(part, 'C', 1, isFitted))
  return messages.flatMap((message) => [plain, ...nodes].map((node) => composeLaw(scaled(message), scaled(node))))
}
