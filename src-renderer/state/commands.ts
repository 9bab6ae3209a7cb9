import {
  commands,
  isWindowCommand,
  keysIn,
  type CommandEntry,
  type WindowCommandId
} from '../../src-shared/commands.ts'
import { temporaryCatalogs } from '../../src-shared/temporary-catalogs.ts'
import { isSearching } from './steps.ts'
import type { Tab } from './view.svelte.ts'
import type { Workbench } from './workbench.svelte.ts'

interface CommandAction {
  available: (workbench: Workbench) => boolean
  run: (workbench: Workbench) => void | Promise<void>
}

/** A command of the shared list with what it does in the window. */
export type WindowCommand = CommandEntry & CommandAction & { id: WindowCommandId }

const always = () => true
const withCatalog = ({ project }: Workbench) => project.catalog !== null
const showing = (tab: Tab): CommandAction => ({ available: withCatalog, run: ({ view }) => view.showTab(tab) })

const actions: Record<WindowCommandId, CommandAction> = {
  run: { available: ({ draft }) => draft.ready, run: ({ draft }) => draft.start() },
  pause: {
    available: ({ runs }) => runs.active?.state === 'running',
    run: async ({ runs }) => {
      if (runs.active) await runs.pause(runs.active.id)
    }
  },
  resume: {
    available: ({ runs }) => runs.active?.state === 'paused',
    run: async ({ runs }) => {
      if (runs.active) await runs.resume(runs.active.id)
    }
  },
  cancel: {
    available: ({ runs }) => runs.active !== null,
    run: async ({ runs }) => {
      if (runs.active) await runs.cancel(runs.active.id)
    }
  },
  guess: {
    available: ({ runs }) => isSearching(runs.selected),
    run: ({ view }) => view.focusOn('front', 'search-guess')
  },
  weights: {
    available: ({ runs }) => isSearching(runs.selected),
    run: ({ view }) => {
      view.weights = true
      view.focusOn('front', 'search-weight-0')
    }
  },

  'open-catalog': { available: always, run: (workbench) => chooseFile(workbench, 'catalog') },
  'open-sample': {
    available: ({ connection }) => connection.info !== null,
    run: ({ project }) => project.openSample()
  },
  'new-project': { available: always, run: ({ project }) => project.create() },
  'open-project': { available: always, run: (workbench) => chooseFile(workbench, 'project') },
  save: { available: withCatalog, run: save },
  'save-as': { available: withCatalog, run: saveAs },

  'show-training': showing('training'),
  'show-messages': showing('messages'),
  'show-front': showing('front'),
  'show-comparison': showing('comparison'),
  'show-predicted': showing('predicted'),
  deselect: { available: ({ selection }) => !selection.empty, run: ({ selection }) => selection.clear() },
  left: { available: always, run: ({ view }) => view.toggleRail('left') },
  right: { available: always, run: ({ view }) => view.toggleRail('right') },
  layout: { available: always, run: ({ view }) => view.reset() },
  theme: { available: always, run: ({ theme }) => theme.toggle() },
  'theme-system': { available: always, run: ({ theme }) => theme.set('system') },
  map: { available: withCatalog, run: ({ view }) => view.switchMap() },
  palette: { available: always, run: ({ view }) => void (view.palette = !view.palette) }
}

export const windowCommands: readonly WindowCommand[] = commands.flatMap((command) =>
  isWindowCommand(command) ? [{ ...command, ...actions[command.id] }] : []
)

/** Opens the system's own file dialog in the desktop shell, the window's in a browser; then opens the file. */
export async function chooseFile({ connection, project, view }: Workbench, kind: 'catalog' | 'project'): Promise<void> {
  const { shell } = connection
  if (!shell.openDialog) {
    view.dialog = `open-${kind}`
    return
  }
  const path = await shell.openDialog(kind)
  if (path !== null) await project.open(path)
}

/** Lets a person choose the file of a missing catalog; then opens it. */
export async function locateCatalog(
  { connection, project, view }: Workbench,
  catalog: Parameters<Workbench['project']['locate']>[0]
): Promise<void> {
  const { shell } = connection
  if (!shell.openDialog) {
    project.locating = catalog
    view.dialog = 'locate-catalog'
    return
  }
  const path = await shell.openDialog('catalog')
  if (path !== null) await project.locate(catalog, path)
}

/** Runs the command of a key press. Keys without a modifier are left to a text field that has the focus. */
export function handleShortcut(event: KeyboardEvent, workbench: Workbench): void {
  const { connection, view } = workbench
  const modifier = event.ctrlKey || event.metaKey
  const occupied = event.defaultPrevented || isTyping(event) || view.palette || view.dialog !== null
  if (event.key === 'Escape' ? occupied : !modifier || event.altKey) return
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key
  const keys = [...(modifier ? ['Ctrl'] : []), ...(event.shiftKey ? ['Shift'] : []), key].join(' ')
  const matches = windowCommands.filter((command) => keysIn(command, connection.shellKind) === keys)
  if (matches.length === 0) return
  if (modifier) event.preventDefault()
  void matches.find((command) => command.available(workbench))?.run(workbench)
}

/** The service writes a project as it goes, so a project with a name is on disk already. */
async function save(workbench: Workbench): Promise<void> {
  const path = workbench.project.summary?.path
  if (path) workbench.view.notify(`Everything is saved in ${path}`)
  else await saveAs(workbench)
}

async function saveAs({ connection, project, view }: Workbench): Promise<void> {
  const { shell } = connection
  if (!shell.saveDialog) {
    view.dialog = 'save-project'
    return
  }
  const path = await shell.saveDialog(`${project.summary?.name ?? 'project'}.halolaw`)
  if (path === null) return
  const temporary = temporaryCatalogs(project.catalogs)
  const catalogs = temporary.length > 0 ? await shell.copiesDialog?.(temporary) : 'leave'
  if (catalogs) await project.saveAs(path, catalogs)
}

function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
