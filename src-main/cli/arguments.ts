import { parseArgs } from 'node:util'
import type { ParseArgsConfig } from 'node:util'
import { HalolawError } from '../../src-shared/errors.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** Options that every command takes. */
const common = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } satisfies Options

/** The options of commands that read a catalog. */
export const catalogOptions = {
  map: { type: 'string', multiple: true },
  box: { type: 'string' }
} satisfies Options

export function usage(message: string): HalolawError {
  return new HalolawError('usage', message)
}

/**
 * Reads a command's arguments.
 * @param names of the positional arguments, for the sentence about a wrong number of them; those in brackets may be missing
 * @throws HalolawError `usage`
 */
export function readArguments<O extends Options>(command: string, args: string[], names: string[], options: O) {
  const parsed = (() => {
    try {
      return parseArgs({ args, options: { ...common, ...options }, allowPositionals: true })
    } catch (cause) {
      const { message } = cause as Error
      const option = /'(--[\w-]+)/.exec(message)?.[1]
      if (message.includes('ambiguous'))
        throw usage(`${option} is followed by something that looks like an option; write ${option}=VALUE.`)
      // The first sentence says which option; what follows is advice about a double dash.
      throw usage(`${message.split(/\.(?:\s|$)/)[0]}; "halolaw ${command} --help" lists the options.`)
    }
  })()
  const least = names.filter((name) => !name.startsWith('[')).length
  const count = parsed.positionals.length
  if (!('help' in parsed.values) && (count < least || count > names.length))
    throw usage(
      `"halolaw ${command}" takes ${names.join(' ') || 'no arguments'}, and was given ${count === 0 ? 'none' : parsed.positionals.map((p) => `"${p}"`).join(' ')}; "halolaw ${command} --help" says more.`
    )
  return parsed
}

/** @throws HalolawError `usage` when the text is no number within the limits */
export function numberFrom(
  option: string,
  text: string | undefined,
  limits: { integer?: boolean; least?: number; above?: number; most?: number; unit?: string } = {}
): number | undefined {
  if (text === undefined) return undefined
  const value = text.trim() === '' ? NaN : Number(text)
  const { integer = false, least = -Infinity, above = -Infinity, most = Infinity } = limits
  const fits = Number.isFinite(value) && value >= least && value > above && value <= most
  if (fits && (!integer || Number.isInteger(value))) return value
  const bounds = [
    above > -Infinity ? `above ${above}` : '',
    least > -Infinity ? `of at least ${least}` : '',
    most < Infinity ? `of at most ${most}` : ''
  ].filter(Boolean)
  const kind =
    `${integer ? 'a whole number' : 'a number'} ${bounds.join(' and ')}`.trim() +
    (limits.unit ? ` (${limits.unit})` : '')
  throw usage(`--${option} ${text} is not possible; give ${kind}.`)
}

/** `--map name=COLUMN:UNIT`, as often as one likes. */
export function mapFrom(entries: string[] | undefined): Record<string, string> {
  const map: Record<string, string> = {}
  for (const entry of entries ?? []) {
    const at = entry.indexOf('=')
    if (at <= 0 || at === entry.length - 1)
      throw usage(
        `--map ${entry} is not understood; write NAME=COLUMN or NAME=COLUMN:UNIT, as in mass=M200c:1e10Msun/h.`
      )
    map[entry.slice(0, at).trim()] = entry.slice(at + 1).trim()
  }
  return map
}

/** Length of the box, Mpc/h; null where none is given. */
export function boxFrom(text: string | undefined): number | null {
  return numberFrom('box', text, { above: 0, unit: 'Mpc/h' }) ?? null
}

/** One of a few words. */
export function choiceFrom<T extends string>(
  option: string,
  text: string | undefined,
  choices: readonly T[]
): T | undefined {
  if (text === undefined) return undefined
  const found = choices.find((choice) => choice === text)
  if (found === undefined) throw usage(`--${option} ${text} is not known; choose ${choices.join(', ')}.`)
  return found
}

/** `a,b, c` as names; commas and blanks part them, except within backquotes: `` `my mass`,r ``. */
export function namesFrom(text: string | undefined): string[] | undefined {
  return text === undefined
    ? undefined
    : Array.from(text.matchAll(/`([^`]*)`|[^\s,`]+/g), ([name, quoted]) => quoted ?? name)
}
