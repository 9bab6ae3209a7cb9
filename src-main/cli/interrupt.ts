/**
 * A signal that fires at the first Ctrl+C or SIGTERM and ends the work early; the second one ends the program at once.
 * @param sentence printed at the first signal
 */
export function interruptSignal(sentence = 'Stopping; finished steps are kept'): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(1)
    process.stderr.write(`\n${sentence} (again to stop at once).\n`)
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}
