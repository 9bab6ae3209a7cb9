/**
 * Electron's renderer side for a plain Chromium page, as text that runs before the page's own scripts: it gives the
 * real, built preload the `electron` module it asks for. Stricter than needed where Electron is strict: what crosses
 * the bridge is copied, and a promise that fails keeps its message only.
 */
export function rendererScript(preload: string): string {
  return `(${install.toString()})((require, module, exports) => {${preload}\n})`
}

type Invoke = (channel: string, args: unknown[]) => Promise<{ value?: unknown; error?: string }>

interface DoubleWindow {
  __electronInvoke: Invoke
  __electronDeliver(channel: string, args: unknown[]): void
  __electronPathOf: Record<string, string>
  [exposed: string]: unknown
}

function install(preload: (require: (name: string) => unknown, module: object, exports: object) => void): void {
  const page = window as unknown as DoubleWindow
  const listeners = new Map<string, ((event: object, ...args: unknown[]) => void)[]>()

  const copy = (value: unknown): unknown => {
    if (typeof value === 'function') return bridged(value as (...args: unknown[]) => unknown)
    if (Array.isArray(value)) return value.map(copy)
    const plain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
    // structuredClone refuses proxies, as Electron does.
    if (!plain || Object.values(value).every((member) => typeof member !== 'function')) return structuredClone(value)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member)]))
  }
  const bridged =
    (method: (...args: unknown[]) => unknown) =>
    (...args: unknown[]) => {
      const result = method(...args.map(copy))
      if (!(result instanceof Promise)) return copy(result)
      return result.then(copy, (error: unknown) => {
        throw new Error(error instanceof Error ? error.message : String(error))
      })
    }

  const ipcRenderer = {
    async invoke(channel: string, ...args: unknown[]) {
      const { value, error } = await page.__electronInvoke(channel, structuredClone(args))
      if (error !== undefined) throw new Error(`Error invoking remote method '${channel}': Error: ${error}`)
      return value
    },
    on(channel: string, listener: (event: object, ...args: unknown[]) => void) {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener])
    }
  }
  const contextBridge = {
    exposeInMainWorld(name: string, api: object) {
      page[name] = copy(api)
    }
  }
  const webUtils = {
    getPathForFile: (file: File) => page.__electronPathOf[file.name] ?? ''
  }

  page.__electronPathOf = {}
  page.__electronDeliver = (channel, args) => {
    for (const listener of listeners.get(channel) ?? []) listener({}, ...args)
  }
  const module = { exports: {} }
  preload(
    (name) => {
      if (name !== 'electron') throw new Error(`A sandboxed preload may not load ${name}.`)
      return { contextBridge, ipcRenderer, webUtils }
    },
    module,
    module.exports
  )
}
