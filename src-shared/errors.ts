/** The kind of error, for programs. `bad-input` and `usage` exit with 2, all others with 1. */
export type ErrorCode =
  | 'bad-input'
  | 'usage'
  | 'not-found'
  | 'cancelled'
  | 'native-missing'
  | 'disk'
  | 'project-version'
  | 'diverged'
  | 'internal'

/** An error a person can act on: `message` is one sentence, on one line, that says what, where, and how to mend it. */
export class HalolawError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string) {
    super(onOneLine(message))
    this.name = 'HalolawError'
    this.code = code
  }
}

/** Replaces control characters and line ends by blanks, because sentences quote names from files, which may contain anything. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}

export function badInput(message: string): HalolawError {
  return new HalolawError('bad-input', message)
}
