// `npm run build`: the native kernels and the program, where their sources are newer than what was built.
import { ensureBuilt } from './lib/project.mjs'

await ensureBuilt()
