import { sidesOf } from '../../src-shared/contract/box.ts'
import { boxExpression, toRoundStep, type MaskRole } from './mask-expressions.ts'
import type { OpenProject } from './project.svelte.ts'
import type { Selection } from './selection.svelte.ts'

export type BoxAxis = 0 | 1 | 2

/** Drawing a mask on the field: the axis of the view, and the region dragged so far, in the catalog's Mpc/h. */
export class MaskDrawing {
  active = $state(false)
  shape = $state<'box' | 'slab'>('slab')
  /** The axis of the view; the region is unbounded along it. */
  along = $state<BoxAxis>(2)
  role = $state<MaskRole>('test')
  low = $state.raw<number[] | null>(null)
  high = $state.raw<number[] | null>(null)
  private readonly project: OpenProject
  private readonly selection: Selection
  /** By the service: the text that is counted here is the text that a run evaluates */
  private readonly evaluate: (expression: string) => Promise<Uint8Array | null>
  private evaluated = $state.raw<{ expression: string; inside: Uint8Array } | null>(null)
  private evaluating = false

  readonly box: { low: number[]; high: number[] } = $derived.by(() => {
    const { catalog } = this.project
    const range = (name: string) => catalog?.columns.find((column) => column.name === name)
    const sides = catalog && catalog.boxSize !== null ? sidesOf(catalog.boxSize) : null
    return {
      low: ['x', 'y', 'z'].map((name) => (sides ? 0 : (range(name)?.min ?? 0))),
      high: ['x', 'y', 'z'].map((name, axis) => sides?.[axis] ?? range(name)?.max ?? 1)
    }
  })

  readonly expression: string = $derived(this.low && this.high ? boxExpression(this.low, this.high, this.box) : '')

  /** 1 for halos in the region dragged so far, as the service evaluated its expression last; null before any. */
  readonly inside: Uint8Array | null = $derived(this.expression === '' ? null : (this.evaluated?.inside ?? null))
  /** How many halos the expression takes; null until the service has evaluated it. */
  readonly halos: number | null = $derived(
    this.evaluated?.expression === this.expression
      ? this.evaluated.inside.reduce((sum, inside) => sum + inside, 0)
      : null
  )

  constructor(
    project: OpenProject,
    selection: Selection,
    evaluate: (expression: string) => Promise<Uint8Array | null>
  ) {
    this.project = project
    this.selection = selection
    this.evaluate = evaluate
  }

  begin(role: MaskRole): void {
    this.role = role
    this.active = true
    this.clear()
    this.selection.clear()
  }

  end(): void {
    this.active = false
    this.clear()
  }

  lookAlong(axis: BoxAxis): void {
    this.along = axis
    this.clear()
  }

  /** Takes two corners of a drag, in the catalog's Mpc/h. A slab is bounded along the view's horizontal axis only. */
  drag(from: readonly number[], to: readonly number[]): void {
    const [across, up] = axesAcross(this.along)
    const bounded: number[] = this.shape === 'slab' ? [across] : [across, up]
    const { low, high } = this.box
    const clamp = (value: number, axis: number) =>
      Math.min(high[axis], Math.max(low[axis], toRoundStep(value, high[axis] - low[axis])))
    this.low = this.box.low.map((least, axis) =>
      bounded.includes(axis) ? clamp(Math.min(from[axis], to[axis]), axis) : least
    )
    this.high = this.box.high.map((most, axis) =>
      bounded.includes(axis) ? clamp(Math.max(from[axis], to[axis]), axis) : most
    )
    void this.count()
  }

  private clear(): void {
    this.low = this.high = null
    this.evaluated = null
  }

  /** Evaluates the newest expression; those that a drag passes meanwhile are skipped. */
  private async count(): Promise<void> {
    if (this.evaluating) return
    this.evaluating = true
    while (this.expression !== '' && this.evaluated?.expression !== this.expression) {
      const { expression } = this
      const inside = await this.evaluate(expression)
      if (inside === null) break
      this.evaluated = { expression, inside }
    }
    this.evaluating = false
  }
}

/** The axes that run right and up in the view along one axis. */
export function axesAcross(along: BoxAxis): [across: BoxAxis, up: BoxAxis] {
  return along === 0 ? [1, 2] : along === 1 ? [0, 2] : [0, 1]
}
