/**
 * Whom a line is for. `HALOLAW_LOG` names the last level that is written; the default is `warn`.
 *
 * - `error`, for everyone: a mistake of Halolaw's own, or work that is lost. Somebody has to act or to report it.
 * - `warn`, for the person at work: the work goes on, but not as requested or without a part of it.
 * - `info`, for operators of the service: one line for each thing that starts or ends (service, project, run, engine).
 * - `debug`, for a developer: every refused request, and every error that the code handles and does not pass on.
 *
 * A loop over halos, edges or formulas never logs. A sentence never holds a token or the content of a catalog.
 */
const levels = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof levels)[number]

/** Writes the lines of one part of the program. `cause` adds what was thrown; at level `error` with its stack. */
export type Logger = Record<LogLevel, (sentence: string, cause?: unknown) => void>

const defaultLevel: LogLevel = 'warn'
let refusedSetting: string | null = null

/** Lines go to stderr, because stdout belongs to results: time in UTC, level, part, sentence. */
export function logger(part: string): Logger {
  const at = (level: LogLevel) => (sentence: string, cause?: unknown) => {
    if (levels.indexOf(level) <= levels.indexOf(levelOf(process.env.HALOLAW_LOG))) write(level, part, sentence, cause)
  }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

function levelOf(setting: string | undefined): LogLevel {
  if (setting === undefined || setting === '') return defaultLevel
  const level = levels.find((name) => name === setting)
  if (level) return level
  if (setting !== refusedSetting) {
    refusedSetting = setting
    const choice = levels.join(', ')
    write('warn', 'log', `HALOLAW_LOG=${setting} is not a level; choose one of ${choice}. "${defaultLevel}" is used.`)
  }
  return defaultLevel
}

function write(level: LogLevel, part: string, sentence: string, cause?: unknown): void {
  const text = cause === undefined ? sentence : `${sentence} (${describe(cause, level)})`
  process.stderr.write(`${new Date().toISOString()} ${level} ${part}: ${text.replaceAll(/\s*\n\s*/g, ' | ')}\n`)
}

function describe(cause: unknown, level: LogLevel): string {
  if (!(cause instanceof Error)) return String(cause)
  return level === 'error' && cause.stack ? cause.stack : cause.message
}
