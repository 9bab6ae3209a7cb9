import { workbench } from '../state/store.svelte.ts'
import { boxExpression } from './expression-builder.ts'

export type Axis = 0 | 1 | 2

/** Drawing a mask on the field: along which axis it is looked at, and what was dragged so far, in the catalog's Mpc/h. */
class MaskDrawing {
  active = $state(false)
  shape = $state<'box' | 'slab'>('slab')
  /** The axis looked along; the drawn part is unbounded in it. */
  along = $state<Axis>(2)
  role = $state<'ood' | 'test'>('test')
  low = $state.raw<number[] | null>(null)
  high = $state.raw<number[] | null>(null)

  readonly box: { low: number[]; high: number[] } = $derived.by(() => {
    const catalog = workbench.catalog
    const range = (name: string) => catalog?.columns.find((column) => column.name === name)
    const side = catalog?.boxSize
    return {
      low: ['x', 'y', 'z'].map((name) => (side ? 0 : (range(name)?.min ?? 0))),
      high: ['x', 'y', 'z'].map((name) => side ?? range(name)?.max ?? 1)
    }
  })

  readonly expression: string = $derived(this.low && this.high ? boxExpression(this.low, this.high, this.box) : '')

  /** 1 for halos in what was dragged so far; null before. */
  readonly inside: Uint8Array | null = $derived.by(() => {
    const { low, high } = this
    const columns = ['x', 'y', 'z'].map((name) => workbench.columns.get(name))
    if (!low || !high || columns.some((column) => !column)) return null
    const inside = new Uint8Array(columns[0]?.length ?? 0).fill(1)
    columns.forEach((column, axis) => {
      column?.forEach((value, halo) => {
        if (value < low[axis] || value > high[axis]) inside[halo] = 0
      })
    })
    return inside
  })

  begin(role: 'ood' | 'test'): void {
    this.role = role
    this.active = true
    this.low = this.high = null
    workbench.select(null)
    void workbench.inspect(null)
  }

  end(): void {
    this.active = false
    this.low = this.high = null
  }

  /** Two corners of the drag, in the catalog's Mpc/h. A slab is bounded in the first axis across the view only. */
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
}

/** The axes that run right and up when looking along one. */
export function axesAcross(along: Axis): [across: Axis, up: Axis] {
  return along === 0 ? [1, 2] : along === 1 ? [0, 2] : [0, 1]
}

export const maskDrawing = new MaskDrawing()
