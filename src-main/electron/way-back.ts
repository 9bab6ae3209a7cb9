import { app, dialog } from 'electron'
import type { BrowserWindow } from 'electron'
import { logger } from '../log.ts'

const log = logger('desktop')

type Choice = 'reload' | 'wait' | 'quit'
const labels: Record<Choice, string> = { reload: 'Reload the window', wait: 'Wait', quit: 'Quit' }

/**
 * A window whose process stopped, or that no longer answers, asks the person what to do. The service and its run are other
 * processes and continue meanwhile; a reloaded window shows them again.
 */
export function offerWayBack(window: BrowserWindow): void {
  let asking: AbortController | null = null

  async function ask(message: string, choices: Choice[]): Promise<void> {
    // One question at a time: a window that hangs and then stops needs the later one.
    asking?.abort()
    const question = new AbortController()
    asking = question
    const { response } = await dialog.showMessageBox(window, {
      type: 'warning',
      title: 'Halolaw',
      message,
      detail: 'The service and its run continue.',
      buttons: choices.map((choice) => labels[choice]),
      defaultId: 0,
      cancelId: choices.indexOf(choices.includes('wait') ? 'wait' : 'reload'),
      noLink: true,
      signal: question.signal
    })
    if (asking === question) asking = null
    if (question.signal.aborted || window.isDestroyed()) return
    if (choices[response] === 'quit') quit(window)
    else if (choices[response] === 'reload') reload(window)
  }

  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit' || isEndedByReload(window)) return
    log.warn(`The window's process stopped: ${reason}, exit code ${exitCode}.`)
    void ask('The window stopped.', ['reload', 'quit'])
  })
  window.on('unresponsive', () => {
    log.warn('The window no longer answers.')
    void ask('The window does not answer.', ['reload', 'wait', 'quit'])
  })
  window.on('responsive', () => {
    log.info('The window answers again.')
    asking?.abort()
  })
}

const ended = new WeakSet<BrowserWindow>()

function isEndedByReload(window: BrowserWindow): boolean {
  return ended.delete(window)
}

/** A page that hangs does not run a reload: its process is ended first. */
function reload(window: BrowserWindow): void {
  if (!window.webContents.isCrashed()) {
    ended.add(window)
    window.webContents.forcefullyCrashRenderer()
  }
  window.webContents.reload()
}

function quit(window: BrowserWindow): void {
  // A page that hangs cannot close its window.
  window.destroy()
  app.quit()
}

/** Logs helper processes of Electron that stop, such as that of the graphics card; Electron starts them again. */
export function logLostHelpers(): void {
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    if (reason !== 'clean-exit') log.warn(`Electron's process ${type} stopped: ${reason}, exit code ${exitCode}.`)
  })
}
