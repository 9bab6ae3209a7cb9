import { bench } from './bench.ts'
import type { CliCommand } from './command.ts'
import { exportCommand } from './export.ts'
import { fit } from './fit.ts'
import { info } from './info.ts'
import { laws } from './laws.ts'
import { predict } from './predict.ts'
import { run } from './run.ts'
import { serve } from './serve.ts'

/** Every command of the command line, by name. */
export const programCommands: Readonly<Record<string, CliCommand>> = {
  info,
  run,
  laws,
  predict,
  export: exportCommand,
  fit,
  serve,
  bench
}
