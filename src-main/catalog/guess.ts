import { longestSide } from '../../src-shared/contract/box.ts'
import type { BoxSize } from '../../src-shared/contract/box.ts'
import type { Facts } from './facts.ts'
import type { TableColumn, Values } from './table/table.ts'
import { parseUnit } from './table/units.ts'
import type { Unit } from './table/units.ts'

interface Guess {
  unit: Unit
  /** One sentence for the catalog's warnings. */
  note: string
}

const length = (text: string, scale: number, hPower = -1): Unit => ({
  quantity: 'length',
  text,
  scale,
  hPower,
  aPower: 0,
  frame: 'comoving',
  log: false
})
const mass = (text: string, scale: number): Unit => ({
  quantity: 'mass',
  text,
  scale,
  hPower: -1,
  aPower: 0,
  frame: 'comoving',
  log: false
})
const MPC = length('Mpc/h', 1)
const KPC = length('kpc/h', 1e-3)
const FREE_MPC = length('Mpc', 1, 0)
const FREE_KPC = length('kpc', 1e-3, 0)

/** Simulations wider than this many Mpc/h are rarer than boxes given in kpc/h. */
const WIDEST_MPC = 12_000
/** More than the most massive halo in 1e10 Msun/h, and less than the least massive halo in Msun/h. */
const LARGEST_1E10 = 1e7

function range(values: Values): [number, number] {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value < low) low = value
    if (value > high && value < Infinity) high = value
  }
  return [low, high]
}

/**
 * The heading of a column whose unit shows that a table's lengths and masses contain no h, such as `Mvir` in Msun; null
 * if no unit shows it, or some unit contains h.
 */
export function freeOfH(columns: readonly TableColumn[]): string | null {
  const stated = columns.flatMap(({ name, unit, cgs }) => {
    const parsed = unit === null || cgs ? null : parseUnit(unit)
    return parsed === null || parsed.quantity === 'velocity' ? [] : [{ name, unit: parsed }]
  })
  const [first] = stated
  return first === undefined || stated.some(({ unit }) => unit.hPower !== 0)
    ? null
    : `${first.name} in ${first.unit.text}`
}

/**
 * Mpc/h, unless the numbers are a thousand times too large for the box, or too large for any box.
 * @param free what shows that the table's units contain no h; see freeOfH
 */
export function guessLengthUnit(
  raw: readonly Values[],
  facts: Facts,
  boxMpc: BoxSize | null,
  { path, free }: { path: string; free: string | null }
): Guess {
  const high = Math.max(...raw.map((values) => range(values)[1]))
  const stated = facts.box === null ? null : longestSide(facts.box.size)
  const boxUnit = facts.box?.unit ?? null
  const boxSide = boxMpc === null ? null : longestSide(boxMpc)
  const box = boxSide ?? (stated !== null && boxUnit !== null ? stated * boxUnit.scale : null)
  const bare = boxSide === null && boxUnit === null ? stated : null
  const kpc =
    box !== null
      ? high > 20 * box
      : bare !== null && high <= 20 * bare
        ? bare > WIDEST_MPC && high > WIDEST_MPC / 20
        : high > WIDEST_MPC
  const unit = free === null ? (kpc ? KPC : MPC) : kpc ? FREE_KPC : FREE_MPC
  const why = free === null ? '' : `, without h like ${free}`
  return {
    unit,
    note: `Positions in ${path} reach ${high.toPrecision(6)} and their unit is not stated: taken as ${unit.text}${why} (--map position=COLUMN:UNIT or x=COLUMN:UNIT,... overrides).`
  }
}

/** kpc/h if the box is too wide for Mpc/h. */
export function guessBoxUnit(box: BoxSize): Unit {
  return longestSide(box) > WIDEST_MPC ? KPC : MPC
}

/** Msun/h, unless the numbers are logarithms or far below any halo's mass; the latter are 1e10 Msun/h. */
export function guessMassUnit(raw: Values, name: string, path: string): Guess {
  const [low, high] = range(raw)
  const overrides = `(--map mass=COLUMN:UNIT overrides)`
  if (raw.length > 3 && low > 6 && high < 17.5)
    return {
      unit: { ...mass('log10(Msun/h)', 1), log: true },
      note: `The unit of ${name} in ${path} is not stated and it lies between ${low.toPrecision(4)} and ${high.toPrecision(4)}: taken as log10(Msun/h) ${overrides}.`
    }
  if (high > 0 && high < LARGEST_1E10)
    return {
      unit: mass('1e10 Msun/h', 1e10),
      note: `The unit of ${name} in ${path} is not stated and it reaches only ${high.toPrecision(4)}: taken as 1e10 Msun/h ${overrides}.`
    }
  return {
    unit: mass('Msun/h', 1),
    note: `The unit of ${name} in ${path} is not stated and it reaches ${high.toPrecision(4)}: taken as Msun/h ${overrides}.`
  }
}
