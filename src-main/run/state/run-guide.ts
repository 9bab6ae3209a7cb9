import type { SearchGuidance, SearchWeights } from '../../../src-shared/contract.ts'
import { lawComplexity, type FittedLaw, type GraphLaw } from '../../law/graph-law.ts'
import { tidy } from '../../law/rewrite/tidy.ts'
import { parseLaw } from '../../law/text/parse-law.ts'
import { SearchControl, type Expression } from '../../symbolic/index.ts'
import { substitute, variable } from '../../symbolic/index.ts'
import type { RunStore } from './run-store.ts'

/** What a person sends to the searches of a run: a guess as text, checked by guess.ts, or complexity weights. */
export type GuidanceRequest = { guess: string } | { weights: SearchWeights }

/**
 * Guides the three searches of a run, each in its own terms, including those that have not begun. Stores guidance at
 * once, and again with the step at which a search applies it, so that a resumed run applies it at the same step.
 */
export class RunGuide {
  readonly message: SearchControl<Expression>
  readonly node: SearchControl<Expression>
  readonly law: SearchControl<GraphLaw>
  private guidance: SearchGuidance
  private tried = 0
  private readonly store: RunStore

  constructor(store: RunStore) {
    this.store = store
    const stored = store.loadCheckpoint('guidance')
    const save = (): void => this.save()
    this.guidance = stored?.told ?? { weights: null, guesses: [] }
    this.message = new SearchControl(stored?.message, save)
    this.node = new SearchControl(stored?.node, save)
    this.law = new SearchControl(stored?.law, save)
  }

  /**
   * @param radius of the run's graph, Mpc/h
   * @throws HalolawError `bad-input` for a guess that is no law
   */
  guide(request: GuidanceRequest, radius: number): void {
    this.guidance = withRequest(this.guidance, request, radius)
    if ('weights' in request) {
      for (const control of [this.message, this.node, this.law]) control.setComplexity(request.weights)
    } else {
      const law = parseLaw(request.guess, radius)
      this.law.inject(law)
      for (const message of law.messages) this.message.inject(message)
      // The regression of the node function has one sum, named e.
      if (law.messages.length === 1) this.node.inject(substitute(law.node, new Map([['e1', variable('e')]])))
    }
    this.save()
  }

  /** Records the fit of the next guess. */
  readonly onGuess = (_: GraphLaw, fit: FittedLaw | null): void => {
    const outcome = fit
      ? { state: 'tried' as const, loss: fit.trainMae, complexity: fit.complexity }
      : { state: 'failed' as const }
    this.guidance = {
      ...this.guidance,
      guesses: this.guidance.guesses.map((guess, k) => (k === this.tried ? { ...guess, ...outcome } : guess))
    }
    this.tried++
    this.save()
  }

  /** Notes for the reader of the result, because the seed alone does not reproduce guided laws. */
  notes(): string[] {
    const { guesses, weights } = this.guidance
    const tried = guesses.filter(({ state }) => state !== 'waiting')
    const notes = []
    if (tried.length > 0)
      notes.push(
        `The search was given ${tried.length === 1 ? 'a guess' : `${tried.length} guesses`} by hand: ${tried.map(({ text }) => text).join('; ')}.`
      )
    if (weights && this.law.weights)
      notes.push(
        `Complexity weights were set by hand: ${describeWeights(weights)}. They apply to every complexity of this run.`
      )
    return notes
  }

  private save(): void {
    const { guidance, message, node, law } = this
    this.store.saveGuidance({ told: guidance, message: message.records, node: node.records, law: law.records })
  }
}

/** The guidance with one more request, which no search has applied yet. */
export function withRequest(guidance: SearchGuidance | null, request: GuidanceRequest, radius: number): SearchGuidance {
  const { weights, guesses } = guidance ?? { weights: null, guesses: [] }
  if ('weights' in request) return { weights: request.weights, guesses }
  const law = tidy(parseLaw(request.guess, radius))
  const complexity = lawComplexity(law, weights ?? undefined)
  return { weights, guesses: [...guesses, { text: request.guess, state: 'waiting', loss: null, complexity }] }
}

function describeWeights({ operators, variable, constant }: SearchWeights): string {
  const named = Object.entries(operators).map(([name, weight]) => `${name} ${weight}`)
  return [...named, 'other operators 1', `variables ${variable}`, `constants ${constant}`].join(', ')
}
