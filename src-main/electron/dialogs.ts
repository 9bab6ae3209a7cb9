import { dialog } from 'electron'
import type { BrowserWindow } from 'electron'
import { temporaryWords } from '../../src-shared/temporary-catalogs.ts'

const catalogFilters = [
  {
    name: 'Halo catalogs',
    extensions: [
      'h5',
      'hdf5',
      'feather',
      'arrow',
      'ipc',
      'parquet',
      'csv',
      'tsv',
      'txt',
      'list',
      'ascii',
      'fits',
      'asdf'
    ]
  },
  { name: 'All files', extensions: ['*'] }
]
const projectFilters = [{ name: 'Halolaw projects', extensions: ['halolaw'] }]

/** The chosen path, or null if the dialog was cancelled. */
export async function openDialog(window: BrowserWindow, kind: 'catalog' | 'project'): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, {
    title: kind === 'catalog' ? 'Open catalog' : 'Open project',
    filters: kind === 'catalog' ? catalogFilters : projectFilters,
    properties: ['openFile']
  })
  return canceled ? null : (filePaths[0] ?? null)
}

/** The path for the project, with its extension, or null if the dialog was cancelled. */
export async function saveDialog(window: BrowserWindow, suggested: string): Promise<string | null> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title: 'Save project as',
    defaultPath: suggested,
    filters: projectFilters
  })
  if (canceled || !filePath) return null
  return filePath.endsWith('.halolaw') ? filePath : `${filePath}.halolaw`
}

/** Asks whether a save copies these catalogs, which lie in temporary folders. */
export async function copiesDialog(window: BrowserWindow, names: readonly string[]): Promise<'copy' | 'leave' | null> {
  const { sentence, them } = temporaryWords(names)
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    title: 'Save project as',
    message: `${sentence} Copy ${them} beside the project?`,
    detail: 'A catalog that stays there is gone when the system empties the folder.',
    buttons: ['Copy beside the project', `Leave ${them} there`, 'Cancel'],
    defaultId: 0,
    cancelId: 2,
    noLink: true
  })
  return (['copy', 'leave'] as const)[response] ?? null
}

/** Asks which project takes another catalog. */
export async function placeDialog(
  window: BrowserWindow,
  names: { catalog: string; project: string }
): Promise<'current' | 'new' | 'cancel'> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    title: 'Open catalog',
    message: `Open ${names.catalog} in a new project, or add it to ${names.project}?`,
    detail: 'The runs of a project stay with the catalogs that they were made on.',
    buttons: ['New project', 'Add to this project', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
    noLink: true
  })
  return (['new', 'current'] as const)[response] ?? 'cancel'
}

/** Shows an error from outside the window's panes, such as from a file that the system opened. */
export async function showMessage(window: BrowserWindow | null, message: string): Promise<void> {
  const options = { type: 'error' as const, title: 'Halolaw', message, buttons: ['OK'] }
  await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options))
}
