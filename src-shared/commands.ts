/**
 * Everything that Halolaw's window and desktop menu can do by name. The palette, the project menu, the toolbar, the keyboard
 * and the desktop menu all read this list; what a command does, each of them says for itself by the command's id.
 */

/** A window lives in the desktop shell or in a browser. */
type ShellKind = 'desktop' | 'browser'

export interface CommandEntry {
  id: string
  group: 'Run' | 'Project' | 'View' | 'Help'
  label: string
  /** The label of its button in the toolbar, where it has one */
  button?: string
  /** As written on keys; `Ctrl` stands for the command key on a Mac. */
  keys?: string
  /** The one shell in which the keys work; absent: both. Browsers keep some keys for themselves. */
  keysIn?: ShellKind
  /** The section of the desktop menu that shows it */
  menu?: 'open' | 'project' | 'help'
  /** True where only the desktop menu offers it, because the window cannot do it */
  menuOnly?: true
}

const list = [
  {
    id: 'run',
    group: 'Run',
    label: 'Train and find formula',
    button: 'Train and find formula',
    keys: 'Ctrl Enter'
  },
  { id: 'pause', group: 'Run', label: 'Pause the run', button: 'Pause', keys: 'Ctrl .' },
  { id: 'resume', group: 'Run', label: 'Resume the run', button: 'Resume', keys: 'Ctrl .' },
  { id: 'cancel', group: 'Run', label: 'Cancel the run', button: 'Cancel' },
  { id: 'guess', group: 'Run', label: 'Suggest a formula to the search', keys: 'Ctrl G' },
  { id: 'weights', group: 'Run', label: 'Change the complexity weights of the search' },

  { id: 'open-catalog', group: 'Project', label: 'Open catalog…', keys: 'Ctrl O', menu: 'open' },
  { id: 'open-sample', group: 'Project', label: 'Open the bundled simulation', menu: 'open' },
  { id: 'new-project', group: 'Project', label: 'New project', keys: 'Ctrl N', keysIn: 'desktop', menu: 'project' },
  { id: 'open-project', group: 'Project', label: 'Open project…', keys: 'Ctrl Shift O', menu: 'project' },
  { id: 'save', group: 'Project', label: 'Save project', keys: 'Ctrl S' },
  { id: 'save-as', group: 'Project', label: 'Save project as…', keys: 'Ctrl Shift S', menu: 'project' },

  { id: 'show-training', group: 'View', label: 'Show training' },
  { id: 'show-messages', group: 'View', label: 'Show messages' },
  { id: 'show-front', group: 'View', label: 'Show formula front' },
  { id: 'show-comparison', group: 'View', label: 'Show comparison' },
  { id: 'show-predicted', group: 'View', label: 'Show predicted vs true' },
  { id: 'deselect', group: 'View', label: 'Clear the selection', keys: 'Escape' },
  { id: 'left', group: 'View', label: 'Show or hide the left rail', button: 'Left rail', keys: 'Ctrl B' },
  { id: 'right', group: 'View', label: 'Show or hide the inspector', button: 'Inspector', keys: 'Ctrl I' },
  { id: 'layout', group: 'View', label: 'Reset the layout' },
  { id: 'theme', group: 'View', label: 'Switch between dark and light colours' },
  { id: 'theme-system', group: 'View', label: 'Use the system’s colours' },
  { id: 'map', group: 'View', label: 'Switch between the viridis and cividis colour maps' },
  { id: 'palette', group: 'View', label: 'Show commands', button: 'Commands', keys: 'Ctrl K' },

  { id: 'documentation', group: 'Help', label: 'Documentation', keys: 'F1', menu: 'help', menuOnly: true }
] as const satisfies readonly CommandEntry[]

type ListedCommand = (typeof list)[number]
export type CommandId = ListedCommand['id']
/** Commands that the window performs */
export type WindowCommandId = Exclude<ListedCommand, { menuOnly: true }>['id']
/** Commands that the desktop menu performs */
export type MenuCommandId = Extract<ListedCommand, { menu: string }>['id']

export const commands: readonly (CommandEntry & { id: CommandId })[] = list

export function commandEntry(id: CommandId): CommandEntry {
  const entry: CommandEntry | undefined = commands.find((command) => command.id === id)
  if (!entry) throw new Error(`There is no command ${id}.`)
  return entry
}

/** The keys of a command in a shell; undefined where it has none. */
export function keysIn({ keys, keysIn: only }: CommandEntry, shell: ShellKind): string | undefined {
  return only === undefined || only === shell ? keys : undefined
}

export function isMenuCommand(command: { id: CommandId }): command is { id: MenuCommandId } {
  return list.some((listed) => listed.id === command.id && 'menu' in listed)
}

export function isWindowCommand(command: { id: CommandId }): command is { id: WindowCommandId } {
  return list.some((listed) => listed.id === command.id && !('menuOnly' in listed))
}
