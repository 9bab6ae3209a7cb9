import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Rectangle } from 'electron'

export interface WindowState {
  bounds: Partial<Rectangle> & { width: number; height: number }
  maximized: boolean
}

const firstState: WindowState = { bounds: { width: 1440, height: 900 }, maximized: false }

/** The window's last position, or the default if it is unknown or on a display that is no longer connected. */
export function readWindowState(path: string, displays: Rectangle[]): WindowState {
  try {
    const { bounds, maximized } = JSON.parse(readFileSync(path, 'utf8')) as WindowState
    const numbers = [bounds.x, bounds.y, bounds.width, bounds.height]
    if (!numbers.every((number) => Number.isFinite(number)) || bounds.width < 400 || bounds.height < 300)
      return firstState
    return displays.some((display) => overlaps(bounds as Rectangle, display))
      ? { bounds, maximized: maximized === true }
      : { ...firstState, maximized: maximized === true }
  } catch {
    return firstState
  }
}

/** Saves the window's position; ignores errors, because they must not prevent the window from closing. */
export function writeWindowState(path: string, state: WindowState): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify(state))
  } catch {
    return
  }
}

function overlaps(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}
