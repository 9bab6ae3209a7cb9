import type { StepName } from '../../src-shared/contract.ts'

/** How the window is laid out and what its panes show; kept between sessions on this machine. */
export const tabs = ['training', 'messages', 'front', 'comparison', 'predicted'] as const
export type Tab = (typeof tabs)[number]
export const inspectors = ['setup', 'run', 'halo'] as const
export type InspectorTab = (typeof inspectors)[number]
export type Slot = 'first' | 'second'
/** The rails: catalog, masks and runs on the left, the inspector on the right. */
export type Side = 'left' | 'right'

interface Layout {
  left: number
  right: number
  leftOpen: boolean
  rightOpen: boolean
  /** Share of the centre that the field takes. */
  field: number
  /** Share of the plots' room that the first slot takes. */
  first: number
  shown: Record<Slot, Tab>
}

const key = 'halolaw.layout'

/** Before anything was dragged: in a small window the results get the inspector's room, and half of the field's surplus. */
function initial(): Layout {
  const { innerWidth = 1440, innerHeight = 900 } = globalThis
  return {
    left: 260,
    right: 320,
    leftOpen: true,
    rightOpen: innerWidth >= roomy,
    field: innerHeight >= 950 ? 0.52 : 0.46,
    first: 0.5,
    shown: { first: 'front', second: 'comparison' }
  }
}

/** Pixels below which the inspector does not stand open by itself. */
const roomy = 1150

export class View {
  layout = $state<Layout>(stored())
  /** Column name, `@sets` (the draft's sets), or `@set:`, `@pred:`, `@residual:` of a run as in the contract. */
  colourBy = $state('mass')
  /** The map of columns that have no sign of their own. */
  sequential = $state<'viridis' | 'cividis'>('viridis')
  inspector = $state<InspectorTab>('setup')
  palette = $state(false)
  /** Whether the weights of complexity stand open below the search bar. */
  weights = $state(false)
  dialog = $state<'open-catalog' | 'open-project' | 'save-project' | null>(null)

  /** Puts a tab on screen: where it already is, else in the slot that holds the other of its pair. */
  showTab(tab: Tab): void {
    const { shown } = this.layout
    if (shown.first === tab || shown.second === tab) return
    const slot: Slot = tab === 'training' || tab === 'messages' || tab === 'front' ? 'first' : 'second'
    this.setTab(slot, tab)
  }

  /** A sentence about what was done, shown for a while in the status bar. */
  notice = $state<string | null>(null)

  notify(sentence: string): void {
    this.notice = sentence
    setTimeout(() => {
      if (this.notice === sentence) this.notice = null
    }, 6000)
  }

  /** Shows what a run is at: training as it trains, the front as it searches, the table when it compares. */
  follow(step: StepName | null): void {
    if (step === 'network') this.showTab('training')
    if (step === 'formula') this.showTab('front')
    if (step === 'compare') this.showTab('comparison')
  }

  /** A tab is in one slot only: choosing the other slot's tab swaps the two. */
  setTab(slot: Slot, tab: Tab): void {
    const { shown } = this.layout
    const other: Slot = slot === 'first' ? 'second' : 'first'
    this.layout.shown =
      shown[other] === tab ? { ...shown, [other]: shown[slot], [slot]: tab } : { ...shown, [slot]: tab }
    this.keep()
  }

  isOpen(side: Side): boolean {
    return this.layout[`${side}Open`]
  }

  toggleRail(side: Side): void {
    this.layout[`${side}Open`] = !this.isOpen(side)
    this.keep()
  }

  keep(): void {
    localStorage.setItem(key, JSON.stringify(this.layout))
  }

  reset(): void {
    this.layout = initial()
    this.keep()
  }
}

/** What was kept, where it still has the shape of a layout. */
function stored(): Layout {
  const layout = initial()
  try {
    const kept: unknown = JSON.parse(globalThis.localStorage?.getItem(key) ?? 'null')
    if (typeof kept !== 'object' || kept === null) return layout
    const { left, right, field, first, leftOpen, rightOpen, shown } = kept as Partial<Record<keyof Layout, unknown>>
    const within = (value: unknown, low: number, high: number): value is number =>
      typeof value === 'number' && value >= low && value <= high
    if (within(left, 200, 420)) layout.left = left
    if (within(right, 240, 480)) layout.right = right
    if (within(field, 0.25, 0.8)) layout.field = field
    if (within(first, 0.2, 0.8)) layout.first = first
    if (typeof leftOpen === 'boolean') layout.leftOpen = leftOpen
    if (typeof rightOpen === 'boolean') layout.rightOpen &&= rightOpen
    const { first: one, second: other } = (shown ?? {}) as Partial<Record<Slot, Tab>>
    if (one && other && one !== other && tabs.includes(one) && tabs.includes(other))
      layout.shown = { first: one, second: other }
  } catch {
    // A damaged record is as good as none.
  }
  return layout
}
