import type { SearchGuidance, SearchWeights } from '../../src-shared/contract.ts'
import { lawComplexity, type FittedLaw, type GraphLaw } from '../law/graph-law.ts'
import { tidy } from '../law/rewrite/tidy.ts'
import { parseLaw } from '../law/text/parse-law.ts'
import { SearchControl, type Expression } from '../symbolic/index.ts'
import { substitute, variable } from '../symbolic/index.ts'
import type { GuidanceRecords, RunStore } from './run-store.ts'

/** What a person asks of the searches of a run; a guess as text, checked (see guess.ts). */
export type GuidanceRequest = { guess: string } | { weights: SearchWeights }

/**
 * Guides the three searches of a run: each is told in its own terms, and may be told before its turn comes. What was told is in
 * the store at once, and again when a search has taken it up, so that a run that is resumed goes the same way.
 */
export class RunGuide {
  readonly message: SearchControl<Expression>
  readonly node: SearchControl<Expression>
  readonly law: SearchControl<GraphLaw>
  private told: SearchGuidance
  private tried = 0
  private readonly store: RunStore

  constructor(store: RunStore) {
    this.store = store
    const kept = store.loadCheckpoint<GuidanceRecords>('guidance')
    const save = (): void => this.save()
    this.told = kept?.told ?? { weights: null, guesses: [] }
    this.message = new SearchControl(kept?.message, save)
    this.node = new SearchControl(kept?.node, save)
    this.law = new SearchControl(kept?.law, save)
  }

  /**
   * @param radius of the run's graph, Mpc/h
   * @throws HalolawError `bad-input` for a guess that is no law
   */
  tell(request: GuidanceRequest, radius: number): void {
    this.told = toldToo(this.told, request, radius)
    if ('weights' in request) {
      for (const control of [this.message, this.node, this.law]) control.setComplexity(request.weights)
    } else {
      const law = parseLaw(request.guess, radius)
      this.law.inject(law)
      for (const message of law.messages) this.message.inject(message)
      // The regression of the node function knows one sum, and calls it e.
      if (law.messages.length === 1) this.node.inject(substitute(law.node, new Map([['e1', variable('e')]])))
    }
    this.save()
  }

  /** The search of laws has tried the next guess. */
  readonly onGuess = (_: GraphLaw, fit: FittedLaw | null): void => {
    const outcome = fit
      ? { state: 'tried' as const, loss: fit.trainMae, complexity: fit.complexity }
      : { state: 'failed' as const }
    this.told = {
      ...this.told,
      guesses: this.told.guesses.map((guess, k) => (k === this.tried ? { ...guess, ...outcome } : guess))
    }
    this.tried++
    this.save()
  }

  /** What a reader of the result has to know: a seed alone does not bring these formulas back. */
  notes(): string[] {
    const { guesses, weights } = this.told
    const tried = guesses.filter(({ state }) => state !== 'waiting')
    const notes = []
    if (tried.length > 0)
      notes.push(
        `The search was given ${tried.length === 1 ? 'a guess' : `${tried.length} guesses`} by hand: ${tried.map(({ text }) => text).join('; ')}.`
      )
    if (weights && this.law.weights)
      notes.push(
        `Complexity was weighed by hand: ${describeWeights(weights)}. Complexities of formulas are by these weights.`
      )
    return notes
  }

  private save(): void {
    const { told, message, node, law } = this
    this.store.saveGuidance({ told, message: message.records, node: node.records, law: law.records })
  }
}

/** What was told so far, and one thing more that no search has taken up yet. */
export function toldToo(told: SearchGuidance | null, request: GuidanceRequest, radius: number): SearchGuidance {
  const { weights, guesses } = told ?? { weights: null, guesses: [] }
  if ('weights' in request) return { weights: request.weights, guesses }
  const law = tidy(parseLaw(request.guess, radius))
  const complexity = lawComplexity(law, weights ?? undefined)
  return { weights, guesses: [...guesses, { text: request.guess, state: 'waiting', loss: null, complexity }] }
}

function describeWeights({ operators, variable, constant }: SearchWeights): string {
  const named = Object.entries(operators).map(([name, weight]) => `${name} ${weight}`)
  return [...named, 'other operators 1', `variables ${variable}`, `constants ${constant}`].join(', ')
}
