import { app, Menu } from 'electron'
import type { MenuItemConstructorOptions } from 'electron'

/** What the menu asks of the shell; each ends in a call to the service, whose events then change the window. */
export interface MenuActions {
  openCatalog(): void
  openSample(): void
  openProject(): void
  newProject(): void
  saveAs(): void
  showDocumentation(): void
}

export function setMenu(actions: MenuActions): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions)))
}

function menuTemplate(actions: MenuActions): MenuItemConstructorOptions[] {
  const mac = process.platform === 'darwin'
  const file: MenuItemConstructorOptions[] = [
    { id: 'open-catalog', label: 'Open catalog…', accelerator: 'CmdOrCtrl+O', click: actions.openCatalog },
    { id: 'open-sample', label: 'Open the bundled simulation', click: actions.openSample },
    { type: 'separator' },
    { id: 'new-project', label: 'New project', accelerator: 'CmdOrCtrl+N', click: actions.newProject },
    { id: 'open-project', label: 'Open project…', accelerator: 'CmdOrCtrl+Shift+O', click: actions.openProject },
    { id: 'save-as', label: 'Save project as…', accelerator: 'CmdOrCtrl+Shift+S', click: actions.saveAs },
    { type: 'separator' },
    mac ? { role: 'close' } : { role: 'quit' }
  ]
  return [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    { label: 'File', submenu: file },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' }
      ]
    },
    {
      role: 'help',
      submenu: [
        { id: 'documentation', label: 'Documentation', accelerator: 'F1', click: actions.showDocumentation },
        { label: `Halolaw ${app.getVersion()}`, enabled: false }
      ]
    }
  ]
}
