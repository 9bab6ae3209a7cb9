import { isCancelled, sentence } from './client.ts'
import { decodeColumns } from './columns.svelte.ts'
import { numbersProblem, radiusProblem } from './readiness.ts'
import { workbench } from './store.svelte.ts'

/** What an expression takes of the catalog, or why it cannot be read. */
export interface MaskCheck {
  expression: string
  state: 'empty' | 'checking' | 'good' | 'bad'
  taken: number
  problem: string | null
  /** 1 where the expression holds */
  mask: ArrayLike<number> | null
}

const empty: MaskCheck = { expression: '', state: 'empty', taken: 0, problem: null, mask: null }

/** Evaluates an expression over the catalog in the service; never rejects. */
async function checkMask(expression: string, target: string): Promise<MaskCheck> {
  if (!expression.trim()) return empty
  try {
    const mask = decodeColumns(await workbench.client.call('mask.evaluate', { expression, target })).get('mask')
    if (!mask) throw new Error('The service did not answer with a mask; try again.')
    let taken = 0
    for (const value of mask) taken += value ? 1 : 0
    return { expression, state: 'good', taken, problem: null, mask }
  } catch (error) {
    if (isCancelled(error)) return empty
    return { expression, state: 'bad', taken: 0, problem: sentence(error), mask: null }
  }
}

/** The draft's OOD and test expressions, checked shortly after each change. */
class MaskChecks {
  ood = $state.raw<MaskCheck>(empty)
  test = $state.raw<MaskCheck>(empty)
  private timer: ReturnType<typeof setTimeout> | undefined
  private generation = 0

  /** The sets as the next run will take them, OOD first: 0 train, 1 test, 2 ood; null until both expressions are good. */
  readonly sets: Float32Array | null = $derived.by(() => {
    const { ood, test } = this
    const halos = workbench.catalog?.halos
    if (!halos || ood.state === 'bad' || test.state === 'bad') return null
    const sets = new Float32Array(halos)
    if (test.mask) for (let i = 0; i < halos; i++) if (test.mask[i]) sets[i] = 1
    if (ood.mask) for (let i = 0; i < halos; i++) if (ood.mask[i]) sets[i] = 2
    return sets
  })

  /** Halos in each set; a test set of spatial blocks is drawn only when the run starts. */
  readonly counts: { train: number; test: number; ood: number } | null = $derived.by(() => {
    if (!this.sets) return null
    const counts = [0, 0, 0]
    for (const set of this.sets) counts[set]++
    return { train: counts[0], test: counts[1], ood: counts[2] }
  })

  readonly bad: boolean = $derived(this.ood.state === 'bad' || this.test.state === 'bad')

  /** The draft can be run as it stands. */
  readonly ready: boolean = $derived.by(() => {
    const { draft, catalog } = workbench
    return draft !== null && !this.bad && !radiusProblem(draft, catalog) && !numbersProblem(draft)
  })

  /** Call in an effect that reads the draft. */
  update(ood: string | null, test: string | null, target: string): void {
    clearTimeout(this.timer)
    const generation = ++this.generation
    this.timer = setTimeout(async () => {
      const [nextOod, nextTest] = await Promise.all([checkMask(ood ?? '', target), checkMask(test ?? '', target)])
      if (generation !== this.generation) return
      this.ood = nextOod
      this.test = nextTest
    }, 250)
  }
}

export const maskChecks = new MaskChecks()
