import { app, Menu } from 'electron'
import type { MenuItemConstructorOptions } from 'electron'
import { commands, isMenuCommand, type CommandEntry, type MenuCommandId } from '../../src-shared/commands.ts'

/** What each menu command does; each ends in a call to the service, whose events then change the window. */
export type MenuActions = Record<MenuCommandId, () => void>

export function setMenu(actions: MenuActions): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions)))
}

function menuTemplate(actions: MenuActions): MenuItemConstructorOptions[] {
  const mac = process.platform === 'darwin'
  const section = (name: CommandEntry['menu']): MenuItemConstructorOptions[] =>
    commands
      .filter((command) => command.menu === name)
      .filter((command) => isMenuCommand(command))
      .map((command) => ({
        id: command.id,
        label: command.label,
        accelerator: acceleratorOf(command),
        click: actions[command.id]
      }))
  return [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: 'File',
      submenu: [
        ...section('open'),
        { type: 'separator' },
        ...section('project'),
        { type: 'separator' },
        mac ? { role: 'close' } : { role: 'quit' }
      ]
    },
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
      submenu: [...section('help'), { label: `Halolaw ${app.getVersion()}`, enabled: false }]
    }
  ]
}

/** `Ctrl Shift O` as Electron writes it: `CmdOrCtrl+Shift+O`. */
function acceleratorOf({ keys }: CommandEntry): string | undefined {
  return keys?.replaceAll(' ', '+').replace('Ctrl', 'CmdOrCtrl')
}
