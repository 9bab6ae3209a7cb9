import { SvelteMap } from 'svelte/reactivity'
import { isCancelled, sentence } from './client.ts'

/** Where a problem is shown: beside what it concerns. */
export type ProblemPlace = 'catalog' | 'project' | 'run' | 'halo' | 'law' | 'service'

/** The last problem at each place of the window, as a sentence. */
export class Problems {
  private readonly sentences = new SvelteMap<ProblemPlace, string>()

  at(place: ProblemPlace): string | null {
    return this.sentences.get(place) ?? null
  }

  clear(...places: ProblemPlace[]): void {
    for (const place of places) this.sentences.delete(place)
  }

  /** Runs work that may fail and reports the failure at its place; resolves to undefined then. Cancelled work is not a failure. */
  async attempt<T>(place: ProblemPlace, work: () => Promise<T>): Promise<T | undefined> {
    this.clear(place)
    try {
      return await work()
    } catch (error) {
      if (!isCancelled(error)) this.sentences.set(place, sentence(error))
      return undefined
    }
  }
}
