// The command line: `halolaw COMMAND ...`. Exit codes: 0 success, 1 failure, 2 bad usage or bad input.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../native.ts'
import { asHalolawError } from '../service/jobs/errors.ts'
import { nearNames } from '../near-names.ts'
import { usage } from './arguments.ts'
import { programCommands } from './commands.ts'
import { print } from './output.ts'

function overview(): string {
  const width = Math.max(...Object.keys(programCommands).map((name) => name.length))
  const lines = Object.entries(programCommands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return `From halo catalogs to laws.\n\nhalolaw COMMAND ...\n\n${lines.join('\n')}\n\n"halolaw COMMAND --help" lists a command's options.`
}

async function main(args: string[]): Promise<void> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return print(overview())
  if (name === '--version') {
    const { version } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string }
    return print(version)
  }
  if (!Object.hasOwn(programCommands, name)) {
    const near = nearNames(name, Object.keys(programCommands))
    throw usage(
      `There is no command "${name}"; ${near.length > 0 ? `did you mean "halolaw ${near[0]}"?` : `choose ${Object.keys(programCommands).join(', ')}.`}`
    )
  }
  const command = programCommands[name]
  if (rest.includes('--help') || rest.includes('-h')) return print(command.help)
  await command.run(rest)
}

// A reader that stops early (`| head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  await main(process.argv.slice(2))
} catch (cause) {
  const { code, message } = asHalolawError(cause)
  process.stderr.write(`halolaw: ${message}\n`)
  process.exitCode = code === 'bad-input' || code === 'usage' ? 2 : 1
}
// Exits without waiting for native threads and workers, because all output is written.
process.stdout.write('', () => process.exit())
