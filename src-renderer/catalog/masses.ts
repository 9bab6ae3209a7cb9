import type { CatalogSummary } from '../../src-shared/contract.ts'

/** A column of the file that the mass can be taken from, by its name in the file. */
export interface MassChoice {
  column: string
  definition: string | null
}

const definitions: [RegExp, string][] = [
  [/500/, 'in 500 times a reference density'],
  [/200(b|m)|mean.?200|200.?mean|tophat/i, 'M200m: within 200 times the mean density'],
  [/200/, 'M200c: within 200 times the critical density'],
  [/vir/i, 'Mvir: within the virial overdensity'],
  [/fof|group/i, 'FoF: of the friends-of-friends group']
]

/** The definition of a mass, from its column's name; null if the name does not state it. */
export function massDefinition(column: string): string | null {
  return definitions.find(([pattern]) => pattern.test(column))?.[1] ?? null
}

/** The column with the mass and the others that look like masses, in the order of the file. */
export function massChoices({
  columns
}: Pick<CatalogSummary, 'columns'>): { current: string; choices: MassChoice[] } | null {
  const mass = columns.find(({ name }) => name === 'mass')
  if (!mass) return null
  const isMass = (name: string, unit: string | null) =>
    /m_?sun/i.test(unit ?? '') || /^(log_?(10)?_?)?m_?(vir|fof|tot|crit|mean|\d{3,4})/i.test(name) || /mass/i.test(name)
  const others = columns.filter(
    ({ name, source, unit }) => name !== 'mass' && source !== mass.source && isMass(name, unit)
  )
  const choices = [mass.source, ...others.map(({ source }) => source)].map((column) => ({
    column,
    definition: massDefinition(column)
  }))
  return { current: mass.source, choices }
}

/** A warning of the service without the parts that apply only to the command line. */
export function forWindow(warning: string): string {
  return warning.replace(/ \(--[a-z][^()]*\)|; give it with --box \([^()]*\)/g, '')
}
