import { onOneLine } from '../../../src-shared/errors.ts'
import { parseUnit } from './units.ts'

export type Axis = 'x' | 'y' | 'z'
export const AXES: readonly Axis[] = ['x', 'y', 'z']

/**
 * Splits a heading like `x [Mpc/h]`, `Mvir(M_sol)` or `Xc(6)` into name and unit. A bare number in parentheses is the
 * column's index and is dropped. The name is one line.
 */
export function splitHeading(heading: string): { name: string; unit: string | null } {
  const text = onOneLine(heading).trim()
  const match = /^(.+?)\s*(?:\[([^[\]]+)\]|\(([^()]+(?:\([^()]*\)[^()]*)?)\)|\{([^{}]+)\})$/.exec(text)
  if (match !== null) {
    const [, name, square, round, curly] = match
    const inside = (square ?? round ?? curly).trim()
    if (round !== undefined && /^\d+$/.test(inside)) return splitHeading(name)
    // `A[x]` is a component and `b_to_a(500c)` a definition; neither contains a unit.
    if (parseUnit(inside) !== null || (square !== undefined && !/^(?:\d+|[xyz])$/i.test(inside)))
      return { name, unit: inside }
  }
  const suffix = /^(.+?)_([a-z]{3,})(?:_?(h|per_h|hinv))?$/i.exec(text)
  if (suffix !== null) {
    const joined = /^([a-z]+pc|msun)h$/i.exec(suffix[2])
    if (joined !== null && parseUnit(joined[1]) !== null) return { name: suffix[1], unit: `${joined[1]}/h` }
    const unit = suffix[3] === undefined ? suffix[2] : `${suffix[2]}/h`
    if (parseUnit(unit) !== null) return { name: suffix[1], unit }
  }
  return { name: text, unit: null }
}

/** Letters and digits only, in lower case; names are compared in this form. */
export function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** A valid name in the expression language: letters, digits and underscores, not beginning with a digit. */
export function identifier(name: string): string {
  const text = name
    .trim()
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return text === '' ? 'column' : /^[0-9]/.test(text) ? `_${text}` : text
}

/** Plain names of one component, the most specific first; `?` is the axis letter and `#` its index. */
const POSITION_PARTS =
  '? pos? ?pos position? ?position particleposition? halo? halopos? coord? ?coord coordinate? coordinates? comoving? ?comoving ' +
  '?c ?cen cen? ?center center? ?centre centre? ?com com? ?l2com ?pot ?minpot ?cofm fofhalocenter? fofhalocom? sodhalocenter? ' +
  'grouppos? subhalopos? groupcm? pos# relpos# position# coordinates# halopos# grouppos# subhalopos#'
const VELOCITY_PARTS =
  'v? vel? velocity? ?vel ?velocity particlevelocity? halov? halovel? v?c v?com vpec? pecvel? peculiarvelocity? meanv? ' +
  'fofhalomeanv? fofhalocomv? groupvel? subhalovel? bulkv? v# vel# relvel# velocity# velocities# halovelocity# groupvel# subhalovel#'

/** Plain names of whole vectors. */
export const VECTORS = {
  position: words(
    'inputhaloshalocentre halocentre position positions pos coordinates coordinate coords coord xyz halopos haloposition grouppos subhalopos center centre ' +
      'boundsubhalocentreofmass centerofmass centreofmass com xcom xl2com groupcm subhalocm cmposition'
  ),
  velocity: words(
    'boundsubhalocentreofmassvelocity so200critcentreofmassvelocity velocity velocities vel peculiarvelocity pecvel halovel halovelocity groupvel subhalovel vcom vl2com v cmvelocity bulkvelocity centreofmassvelocity centerofmassvelocity'
  )
}

/** Plain names of masses, in order of preference. */
export const MASSES = words(
  'so200crittotalmass so200meantotalmass boundsubhalototalmass mass halomass masses mhalo groupmass subhalomass mvir halomvir virialmass massvir m200c halom200c virialquantitiesm200c mass200c mass200crit m200crit mcrit200 groupmcrit200 m200 mass200 ' +
    'm200b halom200b m200m halom200m mass200mean m200mean mmean200 groupmmean200 mfof fofmass fofhalomass sodhalomass ' +
    'nodemass mtophat groupmtophat200 m500c halom500c mcrit500 groupmcrit500 particlemass totalmass massestotal masstot mtidal m'
)

/** Plain names of decimal logarithms of a mass. */
export const LOG_MASSES = words(
  'logmass log10mass logm log10m lgm logmvir log10mvir logm200c log10m200c loghalomass logmhalo log10mhalo masslog10'
)

/** Plain names of particle counts; with the particle mass they give a mass if the catalog has none. */
export const COUNTS = words(
  'npart nparticles numberofparticles particlecount length len np numpart nump grouplen subhalolen fofhalocount particlenumber'
)

/** The three names in each style of naming components: x y z, then posx posy posz, ... */
export const PARTS = { position: triples(POSITION_PARTS), velocity: triples(VELOCITY_PARTS) }

function words(text: string): string[] {
  return text.split(' ')
}

function triples(text: string): [string, string, string][] {
  const name = (template: string, i: number): string => template.replace('?', AXES[i]).replace('#', String(i))
  return words(text).map((template) => [name(template, 0), name(template, 1), name(template, 2)])
}
