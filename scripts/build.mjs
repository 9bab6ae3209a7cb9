// `npm run build`: builds the native kernels and the program if their sources have changed.
import { ensureBuilt } from './lib/project.mjs'

await ensureBuilt()
