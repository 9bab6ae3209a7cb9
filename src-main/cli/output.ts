/** Prints one JSON object. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

export function print(text = ''): void {
  process.stdout.write(`${text}\n`)
}

/** Prints aligned columns, with numbers right-aligned. The first row is the heading. */
export function printTable(rows: string[][]): void {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const isNumber = rows[0].map((_, column) =>
    rows.slice(1).every((row) => /^[-+]?[\d.,]|^$|^-$/.test(row[column] ?? ''))
  )
  rows.forEach((row, at) => {
    print(
      row
        .map((cell, c) => (isNumber[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
        .join('  ')
        .trimEnd()
    )
    if (at === 0) print(widths.map((width) => '-'.repeat(width)).join('  '))
  })
}

/** Formats a number with four significant digits, and with an exponent only for very small or large numbers. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-'
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(3) : String(Number(value.toPrecision(4)))
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

const lineIntervalMs = 5000
const terminalIntervalMs = 100

/**
 * Progress on stderr: one rewritten line in a terminal; elsewhere (a log) a new line every few seconds and at the start
 * of each step.
 */
export class ProgressLine {
  private last = -Infinity
  private step = ''
  private open = false

  show(step: string, fraction: number, message: string, remaining: number | null): void {
    const terminal = process.stderr.isTTY
    const now = performance.now()
    if (now - this.last < (terminal ? terminalIntervalMs : lineIntervalMs) && step === this.step) return
    this.last = now
    this.step = step
    const left = remaining === null ? '' : `, about ${duration(remaining)} left`
    const line = `${String(Math.floor(100 * fraction)).padStart(3)} %  ${step}: ${message}${left}`
    if (!terminal) {
      process.stderr.write(`${line}\n`)
      return
    }
    process.stderr.write(`\r\x1b[K${line.slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1))}`)
    this.open = true
  }

  /** Writes a sentence on a line of its own. */
  say(sentence: string): void {
    this.end()
    process.stderr.write(`${sentence}\n`)
  }

  /** Clears the rewritten line. */
  end(): void {
    if (this.open) process.stderr.write('\r\x1b[K')
    this.open = false
  }
}
