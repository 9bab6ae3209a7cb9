import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from 'playwright'

/** What the stubs in Electron's main process remember. */
interface Stubs {
  path: string | null
  presses: number[]
  messages: string[]
  opened: string[]
}

/** Takes the place of the native dialogs in Electron's main process, which nobody can press in a test. */
export async function stubDialogs(app: ElectronApplication) {
  await app.evaluate(({ dialog, shell }) => {
    const stubs: Stubs = { path: null, presses: [], messages: [], opened: [] }
    Object.assign(globalThis, { stubs })
    Object.assign(dialog, {
      showOpenDialog: async () => ({ canceled: stubs.path === null, filePaths: [stubs.path].filter(Boolean) }),
      showSaveDialog: async () => ({ canceled: stubs.path === null, filePath: stubs.path ?? '' }),
      showMessageBox: async (...args: { message: string }[]) => {
        stubs.messages.push(args.at(-1)!.message)
        return { response: stubs.presses.shift() ?? 0 }
      }
    })
    Object.assign(shell, { openExternal: async (address: string) => void stubs.opened.push(address) })
  })
  const set = (change: Partial<Stubs>) =>
    app.evaluate((_, values) => {
      Object.assign((globalThis as unknown as { stubs: Stubs }).stubs, values)
    }, change)
  const get = () => app.evaluate(() => (globalThis as unknown as { stubs: Stubs }).stubs)
  return {
    /** The file that the next dialogs return; null: they are cancelled. */
    choose: (path: string | null) => set({ path }),
    /** The buttons of the next messages, by number; the first button after these. */
    press: (presses: number[]) => set({ presses }),
    forget: () => set({ messages: [], opened: [] }),
    messages: async () => (await get()).messages,
    openedOutside: async () => (await get()).opened,
    titleOfWindow: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].getTitle()),
    /** What the page shows, asked from the main process; an error's sentence while the page is not there. */
    textOfWindow: () =>
      app.evaluate(({ BrowserWindow }) =>
        Promise.race([
          BrowserWindow.getAllWindows()[0]
            .webContents.executeJavaScript('document.body.innerText')
            .then(String, (error: unknown) => String(error)),
          new Promise<string>((resolve) => setTimeout(() => resolve('no answer'), 2000))
        ])
      )
  }
}

/** Presses an item of the menu by the id of its command. */
export async function pressMenu(app: ElectronApplication, id: string): Promise<void> {
  await app.evaluate(({ Menu }, name) => {
    const item = Menu.getApplicationMenu()!.getMenuItemById(name)
    if (!item) throw new Error(`The menu has no item ${name}.`)
    item.click()
  }, id)
}

/** The process id of the service of this shell: its child that runs service.js. */
export function serviceOf(app: ElectronApplication): number {
  const lines = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n')
  const processes = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter((match) => match !== null)
  const parents = new Map(processes.map(([, pid, parent]) => [Number(pid), Number(parent)]))
  const shell = app.process().pid!
  const isBelow = (pid: number): boolean => pid === shell || (parents.has(pid) && isBelow(parents.get(pid)!))
  const service = processes.find(([, pid, , command]) => command.includes('service.js') && isBelow(Number(pid)))
  return service ? Number(service[1]) : -1
}

/** Electron before 32 has `file.path` in place of `webUtils`: a preload script before the window's adds it. */
export async function addPathsOfFiles(app: ElectronApplication, page: Page, folder: string): Promise<void> {
  const major = await app.evaluate(() => Number(process.versions.electron.split('.')[0]))
  if (major >= 32) return
  const script = join(folder, 'web-utils.cjs')
  writeFileSync(script, "require('electron').webUtils ??= { getPathForFile: (file) => file.path }")
  await app.evaluate(({ session }, path) => session.defaultSession.setPreloads([path]), script)
  await page.reload()
  await page.getByTestId('project-menu').waitFor()
}
