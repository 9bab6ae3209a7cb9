import { sidesOf } from '../../src-shared/box.ts'
import { boxExpression, type MaskRole } from './mask-expressions.ts'
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

  /** 1 for halos in the region dragged so far; null before any. */
  readonly inside: Uint8Array | null = $derived.by(() => {
    const { low, high } = this
    const columns = ['x', 'y', 'z'].map((name) => this.project.columns.get(name))
    if (!low || !high || columns.some((column) => !column)) return null
    const inside = new Uint8Array(columns[0]?.length ?? 0).fill(1)
    columns.forEach((column, axis) => {
      column?.forEach((value, halo) => {
        if (value < low[axis] || value > high[axis]) inside[halo] = 0
      })
    })
    return inside
  })

  constructor(project: OpenProject, selection: Selection) {
    this.project = project
    this.selection = selection
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
    const clamp = (value: number, axis: number) => Math.min(this.box.high[axis], Math.max(this.box.low[axis], value))
    this.low = this.box.low.map((least, axis) =>
      bounded.includes(axis) ? clamp(Math.min(from[axis], to[axis]), axis) : least
    )
    this.high = this.box.high.map((most, axis) =>
      bounded.includes(axis) ? clamp(Math.max(from[axis], to[axis]), axis) : most
    )
  }

  private clear(): void {
    this.low = this.high = null
  }
}

/** The axes that run right and up in the view along one axis. */
export function axesAcross(along: BoxAxis): [across: BoxAxis, up: BoxAxis] {
  return along === 0 ? [1, 2] : along === 1 ? [0, 2] : [0, 1]
}
