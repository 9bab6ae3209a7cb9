import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HalolawError } from '../src-shared/errors.ts'

// Not named `require`: the bundler would declare that a second time.
const requireNative = createRequire(import.meta.url)
let addon: unknown

/** The project's root folder, found by walking up from this file: the sources and the bundle in out/ lie at different depths. */
export function projectRoot(): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json')) && existsSync(join(dir, 'native'))) return dir
    if (dir === dirname(dir))
      throw new HalolawError(
        'internal',
        'The folder that holds Halolaw was not found above its own code; install Halolaw again.'
      )
  }
}

/**
 * The native kernels, typed by the layer that uses them: `native<GraphNative>()`. HALOLAW_NATIVE names another build of the
 * addon, such as the one with sanitizers.
 * @throws HalolawError `native-missing` when the addon was never built or does not load here.
 */
export function native<Layer extends object>(): Layer {
  if (addon === undefined) {
    const path = process.env.HALOLAW_NATIVE ?? join(projectRoot(), 'native', 'build', 'halolaw.node')
    try {
      addon = requireNative(path)
    } catch (cause) {
      throw new HalolawError(
        'native-missing',
        `The native kernels at ${path} do not load (${(cause as Error).message.split('\n')[0]}); install a C++ compiler and run "npm run build:native".`
      )
    }
  }
  return addon as Layer
}
