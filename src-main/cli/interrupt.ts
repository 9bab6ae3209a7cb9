/**
 * A signal that fires on Ctrl+C or SIGTERM: the first asks the work to stop and keeps what is finished, the second ends
 * the program at once.
 * @param sentence what the first does, for the person who asked
 */
export function interruptSignal(sentence = 'Stopping; what is finished is kept'): AbortSignal {
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
