/** One command of the command line. */
export interface CliCommand {
  /** One line for the list of commands */
  summary: string
  /** What `--help` prints */
  help: string
  /** @throws HalolawError `usage` or `bad-input` (exit code 2), or another (1) */
  run(args: string[]): Promise<void>
}
