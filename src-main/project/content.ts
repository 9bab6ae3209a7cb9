/** What is wrong with a value, e.g. `models[2].mae: not an object`; null if the value is valid. */
export type Problem = string | null
export type ContentCheck = (value: unknown) => Problem

/** Halolaw writes no deeper content, and deeper content would exhaust the stack of the code that walks it. */
const deepest = 500

/** @throws never; content that is nested too deep is a problem too */
export function problemIn(value: unknown, check: ContentCheck): Problem {
  return isTooDeep(value) ? 'nested too deep' : check(value)
}

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; depth < deepest; depth++) {
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null && !ArrayBuffer.isView(one) ? Object.values(one) : []
    )
    if (level.length === 0) return false
  }
  return true
}

function kind(what: string, fits: (value: unknown) => boolean): ContentCheck {
  return (value) => (fits(value) ? null : `not ${what}`)
}

export const aText = kind('text', (value) => typeof value === 'string')
export const aBoolean = kind('true or false', (value) => typeof value === 'boolean')
export const aFiniteNumber = kind('a finite number', Number.isFinite)
export const aPositiveNumber = kind('a positive number', (value) => Number.isFinite(value) && Number(value) > 0)
export const aCount = kind('a whole number from 0', (value) => Number.isSafeInteger(value) && Number(value) >= 0)
export const aWholeNumber = kind('a whole number', Number.isSafeInteger)
/** JSON stores null for a number that is not finite. */
export const aNumber = kind('a number', (value) => typeof value === 'number' || value === null)

/** A typed array of this kind */
export function anArrayOf(type: typeof Float64Array | typeof Uint32Array): ContentCheck {
  return kind(`a ${type.name}`, (value) => value instanceof type)
}

export function oneWordOf(words: readonly string[]): ContentCheck {
  return kind(words.join(' or '), (value) => typeof value === 'string' && words.includes(value))
}

export function anyOf(...checks: ContentCheck[]): ContentCheck {
  return (value) => {
    const problems = checks.map((check) => check(value))
    return problems.includes(null) ? null : problems.at(-1)!
  }
}

const aNull = kind('null', (value) => value === null)
const missing = kind('missing', (value) => value === undefined)

export function orNull(check: ContentCheck): ContentCheck {
  return anyOf(aNull, check)
}

export function maybe(check: ContentCheck): ContentCheck {
  return anyOf(missing, check)
}

export function listOf(check: ContentCheck, { least = 0, most = Infinity } = {}): ContentCheck {
  return (value) => {
    if (!Array.isArray(value)) return 'not a list'
    if (value.length < least || value.length > most) return `a list of ${value.length}`
    for (const [n, one] of value.entries()) {
      const problem = check(one)
      if (problem !== null) return within(`[${n}]`, problem)
    }
    return null
  }
}

/** An object with arbitrary member names. */
export function dictionaryOf(check: ContentCheck): ContentCheck {
  return (value) => {
    if (!isRecord(value)) return 'not an object'
    for (const [name, one] of Object.entries(value)) {
      const problem = check(one)
      if (problem !== null) return within(name, problem)
    }
    return null
  }
}

/** An object with at least these members. */
export function objectOf(members: Readonly<Record<string, ContentCheck>>): ContentCheck {
  return (value) => {
    if (!isRecord(value)) return 'not an object'
    const entries = new Map(Object.entries(value))
    for (const [name, check] of Object.entries(members)) {
      const problem = check(entries.get(name))
      if (problem !== null) return within(name, entries.has(name) ? problem : 'missing')
    }
    return null
  }
}

/** Applies a second check to values that pass the first. */
export function and(first: ContentCheck, further: ContentCheck): ContentCheck {
  return (value) => first(value) ?? further(value)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function within(place: string, problem: string): string {
  const separator = problem.includes(': ') ? (problem.startsWith('[') ? '' : '.') : ': '
  return `${place}${separator}${problem}`
}
