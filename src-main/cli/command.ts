import { readArguments } from './arguments.ts'
import type { OptionTable, OptionValues } from './arguments.ts'

/** One command of the command line. */
export interface CliCommand {
  /** One line for the list of commands */
  summary: string
  /** The text that `--help` prints */
  help: string
  /** @throws HalolawError `usage` or `bad-input` (exit code 2), or another code (exit code 1) */
  run(args: string[]): Promise<void>
  /** Reads the arguments and does nothing. @throws HalolawError `usage` */
  check(args: string[]): { values: Record<string, string | string[] | boolean | undefined>; positionals: string[] }
}

interface CommandDescription<O extends OptionTable> {
  name: string
  summary: string
  /** Positional arguments; those in brackets are optional */
  arguments: string[]
  /** Another way to call the command, for the help text */
  alternative?: string
  /** Text above the options */
  about?: string
  options: O
  /** Text below the options */
  notes?: string
  run(values: OptionValues<O>, positionals: string[]): Promise<void>
}

/** Makes a command: its help text and its argument parser are both built from one table of options. */
export function defineCommand<const O extends OptionTable>(description: CommandDescription<O>): CliCommand {
  const { name, summary, alternative, about, options, notes, run } = description
  const usage = [
    `halolaw ${[name, ...description.arguments].join(' ')} [options]`,
    ...(alternative ? [alternative] : [])
  ]
  const table = Object.entries(options).map(([option, text]) => optionHelp(option, text))
  return {
    summary,
    help: [usage.join('\n'), about, table.join('\n'), notes].filter((part) => part !== undefined).join('\n\n'),
    run: async (args) => {
      const { values, positionals } = readArguments(name, args, description.arguments, options)
      await run(values, positionals)
    },
    check: (args) => readArguments(name, args, description.arguments, options)
  }
}

const lineWidth = 120
const textColumn = 24

/** `  --option VALUE     text`, wrapped; the text of a long option starts on the next line. */
function optionHelp(option: string, text: string): string {
  const isRepeatable = option.endsWith('...')
  const indent = ' '.repeat(textColumn)
  const lines = [`  ${option.replace(/\.\.\.$/, '')}  `.padEnd(textColumn)]
  if (lines[0].length > textColumn) lines.push(indent)
  for (const word of `${text}${isRepeatable ? '; may be repeated' : ''}`.split(' ')) {
    const line = lines[lines.length - 1]
    if (line.length + word.length > lineWidth) lines.push(indent + word)
    else lines[lines.length - 1] = line.endsWith('  ') ? line + word : `${line} ${word}`
  }
  return lines.map((line) => line.trimEnd()).join('\n')
}
