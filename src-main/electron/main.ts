import type { BrowserWindow } from 'electron'
import { app, protocol } from 'electron'
import { existsSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AppInfo, ProjectSummary, ServiceState } from '../../src-shared/contract.ts'
import { projectRoot } from '../native.ts'
import type { ServiceProcess } from '../supervisor/service-process.ts'
import { startService } from '../supervisor/start-service.ts'
import { channels } from '../../src-shared/bridge.ts'
import { temporaryCatalogs } from '../../src-shared/temporary-catalogs.ts'
import { copiesDialog, openDialog, placeDialog, saveDialog, showMessage } from './dialogs.ts'
import { openOutside } from './guard.ts'
import { setMenu } from './menu.ts'
import { scheme, servePageByScheme } from './page.ts'
import { startRelay } from './relay.ts'
import { ChosenPaths } from './saving.ts'
import { logLostHelpers } from './way-back.ts'
import { createWindow } from './window.ts'

const root = projectRoot()

let window: BrowserWindow | null = null
let service: ServiceProcess | null = null
let serviceState: ServiceState = 'down'
/** Of the saved project that is open */
let projectPath: string | null = null

/** The file named on a command line: the last argument that is an existing path and not an option. */
function fileNamedIn(argv: string[], folder: string): string | null {
  const paths = argv.slice(1).filter((argument) => !argument.startsWith('-'))
  const files = paths.map((path) => resolve(folder, path)).filter((path) => path !== root && existsSync(path))
  return files.at(-1) ?? null
}

/** Starts the service; the window follows its events, its state and its project. */
function startWindowService(openAtStart: string | null): ServiceProcess {
  return startService(
    { shell: 'desktop', openAtStart },
    {
      onEvent(event, data) {
        // The service is our own program and sends each event with the data that the contract gives it.
        if (event === 'project.changed') followProject(data as ProjectSummary)
        window?.webContents.send(channels.event, event, data)
      },
      onState(state, message) {
        serviceState = state
        window?.webContents.send(channels.connection, state)
        if (message) void showMessage(window, message)
      }
    }
  )
}

function followProject(project: ProjectSummary): void {
  projectPath = project.path
  window?.setTitle(`${project.name} – Halolaw`)
  if (project.path) app.addRecentDocument(project.path)
}

/** Calls the service for the menu or the system, and shows its error sentence if it fails. */
async function ask(method: string, params: unknown): Promise<unknown> {
  const answer = (await service?.call(method, params)) ?? { result: null }
  if ('result' in answer) return answer.result
  await showMessage(window, answer.error.message)
  return null
}

async function openPath(path: string): Promise<void> {
  if (extname(path) === '.halolaw') await ask('project.open', { path })
  else {
    const place = await placeOf(path)
    if (place !== 'cancel') await ask('catalog.open', place === 'unsaid' ? { path } : { path, project: place })
  }
}

/** A project with runs or a name and another catalog does not change its catalog in silence: a person says where this one goes. */
async function placeOf(path: string): Promise<'current' | 'new' | 'cancel' | 'unsaid'> {
  const project = (await ask('project.current', {})) as ProjectSummary | null
  if (!window || !project || (project.path === null && project.runs.length === 0)) return 'unsaid'
  if (project.catalogs.length === 0 || project.catalogs.some((catalog) => catalog.path === path)) return 'unsaid'
  return placeDialog(window, { catalog: basename(path), project: project.name })
}

async function openChosen(kind: 'catalog' | 'project'): Promise<void> {
  const path = window && (await openDialog(window, kind))
  if (path) await openPath(path)
}

async function saveChosen(): Promise<void> {
  const path = window && (await saveDialog(window, projectPath ?? 'project.halolaw'))
  if (!window || !path) return
  const project = (await ask('project.current', {})) as ProjectSummary | null
  const temporary = temporaryCatalogs(project?.catalogs ?? [])
  const catalogs = temporary.length > 0 ? await copiesDialog(window, temporary) : 'leave'
  if (catalogs) await ask('project.saveAs', { path, catalogs })
}

async function openSample(): Promise<void> {
  const info = (await ask('app.info', {})) as AppInfo | null
  if (info) await openPath(info.sampleCatalog)
}

function showWindow(): void {
  window = createWindow({
    preload: join(root, 'out', 'preload', 'index.cjs'),
    state: join(app.getPath('userData'), 'window.json')
  })
  window.on('closed', () => (window = null))
}

async function start(): Promise<void> {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } }
  ])
  // A file that the system opens before the window exists is opened together with it.
  let openAtStart = fileNamedIn(process.argv, process.cwd())
  app.on('open-file', (event, path) => {
    event.preventDefault()
    if (service) void openPath(path)
    else openAtStart = path
  })
  app.on('second-instance', (_event, argv, folder) => {
    if (window?.isMinimized()) window.restore()
    window?.focus()
    const path = fileNamedIn(argv, folder)
    if (path) void openPath(path)
  })
  app.on('activate', () => window ?? showWindow())
  app.on('window-all-closed', () => app.quit())
  app.on('will-quit', (event) => {
    const running = service
    if (!running) return
    event.preventDefault()
    service = null
    void running.stop().then(() => app.quit())
  })

  logLostHelpers()

  await app.whenReady()
  protocol.handle(scheme, (request) => servePageByScheme(join(root, 'out', 'renderer'), request.url))
  service = startWindowService(openAtStart)
  startRelay({
    service,
    window: () => window,
    serviceState: () => serviceState,
    chosenPaths: new ChosenPaths(),
    projectPath: () => projectPath
  })
  setMenu({
    'open-catalog': () => void openChosen('catalog'),
    'open-sample': () => void openSample(),
    'new-project': () => void ask('project.new', {}),
    'open-project': () => void openChosen('project'),
    'save-as': () => void saveChosen(),
    documentation: () => void openOutside(pathToFileURL(join(root, 'README.md')).href, root)
  })
  showWindow()
}

if (app.requestSingleInstanceLock()) void start()
else app.quit()
