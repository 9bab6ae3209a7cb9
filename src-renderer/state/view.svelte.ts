import type { StepName } from '../../src-shared/contract.ts'

export const tabs = ['training', 'messages', 'front', 'comparison', 'predicted'] as const
export type Tab = (typeof tabs)[number]
export const tabLabels: Record<Tab, string> = {
  training: 'Training',
  messages: 'Messages',
  front: 'Formula front',
  comparison: 'Comparison',
  predicted: 'Predicted vs true'
}
export type DialogName = 'open-catalog' | 'locate-catalog' | 'open-project' | 'save-project'
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
  /** The field's share of the centre */
  field: number
  /** The first slot's share of the plots' area */
  first: number
  shown: Record<Slot, Tab>
}

const key = 'halolaw.layout'

/** The layout of a new window. A small one starts without the inspector, so that the results have room. */
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

/** Width in pixels below which the inspector starts closed */
const roomy = 1150

/** `colourBy` for the sets of the next run, which no run has stored yet */
export const draftSets = '@sets'

/** How the window is laid out and what its panes show. The layout is kept on this machine between sessions. */
export class View {
  layout = $state<Layout>(stored())
  /** A column's name, `draftSets`, or a run's column (src-shared/column-names.ts) */
  colourBy = $state('mass')
  /** The colour map of unsigned columns */
  sequential = $state<'viridis' | 'cividis'>('viridis')
  inspector = $state<InspectorTab>('setup')
  palette = $state(false)
  /** Whether the complexity weights are shown below the search bar */
  weights = $state(false)
  dialog = $state<DialogName | null>(null)

  /** Shows a tab, if it is not shown already: training, messages and front in the first slot, the others in the second. */
  showTab(tab: Tab): void {
    const { shown } = this.layout
    if (shown.first === tab || shown.second === tab) return
    const slot: Slot = tab === 'training' || tab === 'messages' || tab === 'front' ? 'first' : 'second'
    this.setTab(slot, tab)
  }

  /** Shows a tab and puts the focus on an element of it. */
  focusOn(tab: Tab, id: string): void {
    this.showTab(tab)
    requestAnimationFrame(() => document.getElementById(id)?.focus())
  }

  switchMap(): void {
    this.sequential = this.sequential === 'viridis' ? 'cividis' : 'viridis'
  }

  /** A sentence about what was just done, shown in the status bar for a few seconds */
  notice = $state<string | null>(null)

  notify(sentence: string): void {
    this.notice = sentence
    setTimeout(() => {
      if (this.notice === sentence) this.notice = null
    }, 6000)
  }

  /** Follows a run: shows the training curve while it trains, the front while it searches, the table when it compares. */
  follow(step: StepName | null): void {
    if (step === 'network') this.showTab('training')
    if (step === 'formula') this.showTab('front')
    if (step === 'compare') this.showTab('comparison')
  }

  /** Shows a tab in a slot. A tab is in one slot only: choosing the other slot's tab swaps the two. */
  setTab(slot: Slot, tab: Tab): void {
    const { shown } = this.layout
    const other: Slot = slot === 'first' ? 'second' : 'first'
    this.layout.shown =
      shown[other] === tab ? { ...shown, [other]: shown[slot], [slot]: tab } : { ...shown, [slot]: tab }
    this.save()
  }

  isOpen(side: Side): boolean {
    return this.layout[`${side}Open`]
  }

  toggleRail(side: Side): void {
    this.layout[`${side}Open`] = !this.isOpen(side)
    this.save()
  }

  save(): void {
    localStorage.setItem(key, JSON.stringify(this.layout))
  }

  reset(): void {
    this.layout = initial()
    this.save()
  }
}

/** The stored layout, as far as it is valid. */
function stored(): Layout {
  const layout = initial()
  try {
    const record: unknown = JSON.parse(globalThis.localStorage?.getItem(key) ?? 'null')
    if (typeof record !== 'object' || record === null) return layout
    const { left, right, field, first, leftOpen, rightOpen, shown } = record as Partial<Record<keyof Layout, unknown>>
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
    // An unreadable record counts as none.
  }
  return layout
}
