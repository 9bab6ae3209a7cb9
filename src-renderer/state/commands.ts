import { isSearching } from './steps.ts'
import { theme } from './theme.svelte.ts'
import { workbench, type Workbench } from './store.svelte.ts'
import { tabs, type Tab } from './view.svelte.ts'

/** Everything the window can do by name: the project menu, the palette and the keyboard share this list. */
export interface Command {
  id: string
  group: 'Project' | 'Run' | 'View'
  label: string
  /** As written on keys; `Ctrl` stands for the command key on a Mac. */
  keys?: string
  available: (workbench: Workbench) => boolean
  run: (workbench: Workbench) => void | Promise<void>
}

export const tabLabels: Record<Tab, string> = {
  training: 'Training',
  messages: 'Messages',
  front: 'Formula front',
  comparison: 'Comparison',
  predicted: 'Predicted vs true'
}

const always = () => true
const withCatalog = ({ catalog }: Workbench) => catalog !== null

export const commands: Command[] = [
  { id: 'open-catalog', group: 'Project', label: 'Open catalog…', keys: 'Ctrl O', available: always, run: openCatalog },
  {
    id: 'open-sample',
    group: 'Project',
    label: 'Open the bundled simulation',
    available: ({ info }) => info !== null,
    run: (w) => w.openSample()
  },
  {
    id: 'open-project',
    group: 'Project',
    label: 'Open project…',
    keys: 'Ctrl Shift O',
    available: always,
    run: openProject
  },
  { id: 'new-project', group: 'Project', label: 'New project', available: always, run: (w) => w.newProject() },
  { id: 'save', group: 'Project', label: 'Save', keys: 'Ctrl S', available: withCatalog, run: save },
  { id: 'save-as', group: 'Project', label: 'Save as…', keys: 'Ctrl Shift S', available: withCatalog, run: saveAs },
  {
    id: 'run',
    group: 'Run',
    label: 'Train and find formula',
    keys: 'Ctrl Enter',
    available: ({ draft, activeRun }) => draft !== null && activeRun === null,
    run: (w) => w.startRun()
  },
  {
    id: 'pause',
    group: 'Run',
    label: 'Pause the run',
    keys: 'Ctrl .',
    available: ({ activeRun }) => activeRun?.state === 'running',
    run: async (w) => {
      if (w.activeRun) await w.pauseRun(w.activeRun.id)
    }
  },
  {
    id: 'resume',
    group: 'Run',
    label: 'Resume the run',
    keys: 'Ctrl .',
    available: ({ activeRun }) => activeRun?.state === 'paused',
    run: async (w) => {
      if (w.activeRun) await w.resumeRun(w.activeRun.id)
    }
  },
  {
    id: 'guess',
    group: 'Run',
    label: 'Add a guess to the search',
    keys: 'Ctrl G',
    available: ({ selectedRun }) => isSearching(selectedRun),
    run: (w) => focusIn(w, 'search-guess')
  },
  {
    id: 'weights',
    group: 'Run',
    label: 'Change what complexity the search goes by',
    available: ({ selectedRun }) => isSearching(selectedRun),
    run: (w) => {
      w.view.weights = true
      focusIn(w, 'search-weight-0')
    }
  },
  {
    id: 'cancel',
    group: 'Run',
    label: 'Cancel the run',
    available: ({ activeRun }) => activeRun !== null,
    run: async (w) => {
      if (w.activeRun) await w.cancelRun(w.activeRun.id)
    }
  },
  {
    id: 'deselect',
    group: 'View',
    label: 'Clear the selection',
    keys: 'Escape',
    available: ({ halo, selection }) => halo !== null || selection !== null,
    run: (w) => {
      w.select(null)
      void w.inspect(null)
    }
  },
  ...tabs.map((tab): Command => ({
    id: `show-${tab}`,
    group: 'View',
    label: `Show ${tabLabels[tab].toLowerCase()}`,
    available: withCatalog,
    run: ({ view }) => view.showTab(tab)
  })),
  {
    id: 'left',
    group: 'View',
    label: 'Show or hide the left rail',
    keys: 'Ctrl B',
    available: always,
    run: ({ view }) => view.toggleRail('left')
  },
  {
    id: 'right',
    group: 'View',
    label: 'Show or hide the inspector',
    keys: 'Ctrl I',
    available: always,
    run: ({ view }) => view.toggleRail('right')
  },
  { id: 'layout', group: 'View', label: 'Reset the layout', available: always, run: ({ view }) => view.reset() },
  {
    id: 'theme',
    group: 'View',
    label: 'Switch between dark and light colours',
    available: always,
    run: () => theme.toggle()
  },
  {
    id: 'theme-system',
    group: 'View',
    label: 'Use the colours of the system',
    available: always,
    run: () => theme.set('system')
  },
  {
    id: 'map',
    group: 'View',
    label: 'Switch columns between viridis and cividis',
    available: withCatalog,
    run: ({ view }) => void (view.sequential = view.sequential === 'viridis' ? 'cividis' : 'viridis')
  },
  {
    id: 'palette',
    group: 'View',
    label: 'Commands',
    keys: 'Ctrl K',
    available: always,
    run: ({ view }) => void (view.palette = !view.palette)
  }
]

/** Runs the command a key press stands for; typing in a field is left alone unless a modifier is held. */
export function handleShortcut(event: KeyboardEvent): void {
  const modifier = event.ctrlKey || event.metaKey
  if (
    event.key === 'Escape' &&
    !event.defaultPrevented &&
    !isTyping(event) &&
    !workbench.view.palette &&
    !workbench.view.dialog
  ) {
    workbench.select(null)
    void workbench.inspect(null)
    return
  }
  if (!modifier || event.altKey) return
  const key = event.key === 'Enter' ? 'Enter' : event.key.toUpperCase()
  const keys = ['Ctrl', ...(event.shiftKey ? ['Shift'] : []), key].join(' ')
  const meant = commands.filter((candidate) => candidate.keys === keys)
  if (meant.length === 0) return
  event.preventDefault()
  void meant.find((command) => command.available(workbench))?.run(workbench)
}

/** Shows the front of formulas with its search bar, and puts the cursor there. */
function focusIn({ view }: Workbench, id: string): void {
  view.showTab('front')
  requestAnimationFrame(() => document.getElementById(id)?.focus())
}

/** The system's own dialog in the desktop app, the window's in a browser. */
async function choose(w: Workbench, kind: 'catalog' | 'project'): Promise<void> {
  if (!w.shell.openDialog) {
    w.view.dialog = `open-${kind}`
    return
  }
  const path = await w.shell.openDialog(kind)
  if (path !== null) await w.open(path)
}

export function openCatalog(w: Workbench): Promise<void> {
  return choose(w, 'catalog')
}

function openProject(w: Workbench): Promise<void> {
  return choose(w, 'project')
}

/** The service writes a project as it goes: with a name it is on disk already. */
async function save(w: Workbench): Promise<void> {
  if (w.project?.path) w.view.notify(`Everything is saved in ${w.project.path}`)
  else await saveAs(w)
}

async function saveAs(w: Workbench): Promise<void> {
  if (!w.shell.saveDialog) {
    w.view.dialog = 'save-project'
    return
  }
  const path = await w.shell.saveDialog(`${w.project?.name ?? 'project'}.halolaw`)
  if (path !== null) await w.saveAs(path)
}

function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
