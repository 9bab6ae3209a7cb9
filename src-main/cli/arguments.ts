import { parseArgs } from 'node:util'
import { boxOf } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import { HalolawError } from '../../src-shared/errors.ts'

/** Help texts by option: `--seed N` takes a value, `--map NAME=COLUMN...` takes several, and `--json` takes none. */
export type OptionTable = Readonly<Record<`--${string}`, string>>

type NameOf<K> = K extends `--${infer Name} ${string}` ? Name : K extends `--${infer Name}` ? Name : never
type ValueOf<K> = K extends `${string}...` ? string[] : K extends `${string} ${string}` ? string : boolean

/** The values of a table's options. */
export type OptionValues<O> = { [K in keyof O as NameOf<K>]?: ValueOf<K> }

/** Options of commands that read a catalog. */
export const catalogOptions = {
  '--map NAME=COLUMN[:UNIT]...':
    'which column is x, y, z, vx, vy, vz, mass, ..., and its unit if the file does not give it; several separated by commas',
  '--box MPC': 'side of the periodic box in Mpc/h, or its three sides X,Y,Z, if the file does not give it',
  '--limit GB': "memory that the catalog may take; default: HALOLAW_MEMORY_LIMIT, or half of the machine's"
} as const

export function usage(message: string): HalolawError {
  return new HalolawError('usage', message)
}

/**
 * Parses a command's arguments.
 * @param names names of the positional arguments; those in brackets are optional
 * @throws HalolawError `usage`
 */
export function readArguments<O extends OptionTable>(
  command: string,
  args: string[],
  names: string[],
  table: O
): { values: OptionValues<O>; positionals: string[] } {
  const options = Object.fromEntries(
    Object.keys(table).map((option) => {
      const [name, value] = option.slice(2).split(' ')
      return [name, { type: value ? 'string' : 'boolean', multiple: option.endsWith('...') } as const]
    })
  )
  const { values, positionals } = (() => {
    try {
      return parseArgs({ args, options, allowPositionals: true })
    } catch (cause) {
      const { message } = cause as Error
      const option = /'(--[\w-]+)/.exec(message)?.[1]
      if (message.includes('ambiguous'))
        throw usage(`The value of ${option} looks like an option; write ${option}=VALUE.`)
      // The first sentence names the option; the rest is advice about a double dash.
      throw usage(`${message.split(/\.(?:\s|$)/)[0]}; "halolaw ${command} --help" lists the options.`)
    }
  })()
  const least = names.filter((name) => !name.startsWith('[')).length
  const count = positionals.length
  if (count < least || count > names.length)
    throw usage(
      `"halolaw ${command}" takes ${names.join(' ') || 'no arguments'}, but got ${count === 0 ? 'none' : positionals.map((p) => `"${p}"`).join(' ')}; see "halolaw ${command} --help".`
    )
  // parseArgs has checked names and kinds against the same table; its types cannot express that.
  return { values: values as OptionValues<O>, positionals }
}

/** @throws HalolawError `usage` if the text is not a number within the limits */
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

export const threadsFrom = (text: string | undefined): number | undefined =>
  numberFrom('threads', text, { integer: true, least: 1, most: 1024 })

export const seedFrom = (text: string | undefined): number | undefined =>
  numberFrom('seed', text, { integer: true, least: 0, most: 2 ** 32 - 1 })

/** Values of `--map NAME=COLUMN[:UNIT]` by name; one option may hold several, separated by commas: `x=col1,y=col2`. */
export function mapFrom(entries: string[] | undefined): Record<string, string> {
  const map: Record<string, string> = {}
  // A comma separates entries only before a name and an equals sign, because column names may contain commas.
  for (const entry of (entries ?? []).flatMap((text) => text.split(/,(?=\s*[A-Za-z_]\w*\s*=)/))) {
    const at = entry.indexOf('=')
    if (at <= 0 || at === entry.length - 1)
      throw usage(
        `--map ${entry} is not understood; write NAME=COLUMN or NAME=COLUMN:UNIT, as in --map x=col1,y=col2,z=col3,mass=col7:Msun/h.`
      )
    map[entry.slice(0, at).trim()] = entry.slice(at + 1).trim()
  }
  return map
}

/** The box, Mpc/h: `L`, or `Lx,Ly,Lz` for a cuboid; null if the option is absent. */
export function boxFrom(text: string | undefined): BoxSize | null {
  const limits = { above: 0, unit: 'Mpc/h' }
  const parts = text?.split(',') ?? []
  if (parts.length === 1) return numberFrom('box', text, limits) ?? null
  if (text === undefined) return null
  const [x, y, z] = parts.map((part) => numberFrom('box', part, limits))
  if (parts.length !== 3 || x === undefined || y === undefined || z === undefined)
    throw usage(`--box ${text} is not possible; give one number, or the sides along x, y and z, as in 100,100,200.`)
  return boxOf([x, y, z])
}

/** Memory that a catalog may take, bytes; undefined if the option is absent. */
export function limitFrom(text: string | undefined): number | undefined {
  const limit = numberFrom('limit', text, { above: 0, unit: 'GB' })
  return limit === undefined ? undefined : limit * 1e9
}

/** @throws HalolawError `usage` if the text is not one of the choices */
export function choiceFrom<T extends string>(
  option: string,
  text: string | undefined,
  choices: readonly T[]
): T | undefined {
  if (text === undefined) return undefined
  const choice = choices.find((candidate) => candidate === text)
  if (choice === undefined) throw usage(`--${option} ${text} is not known; choose ${choices.join(', ')}.`)
  return choice
}

/** Names separated by commas or blanks; a name that contains blanks is written in backquotes: `` `my mass`,r ``. */
export function namesFrom(text: string | undefined): string[] | undefined {
  return text === undefined
    ? undefined
    : Array.from(text.matchAll(/`([^`]*)`|[^\s,`]+/g), ([name, quoted]) => quoted ?? name)
}
