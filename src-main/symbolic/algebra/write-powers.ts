import { call, constant, type Expression, type Operator } from '../language/expression.ts'
import { compareCost, type PowerPart } from './like-parts.ts'

/** Whether an operator is allowed in the result. */
export type May = (op: Operator) => boolean

/** An integer power by squares, cubes, products or ^, whichever is allowed and costs least; null if none is allowed. */
export function writePower({ base, power }: PowerPart, may: May): Expression | null {
  if (power === 1) return base
  const part = (op: Operator, left: number): Expression | null => {
    const inner = left === 1 ? base : writePower({ base, power: left }, may)
    return inner && call(op, inner)
  }
  const times = (a: Expression | null, b: Expression | null): Expression | null =>
    a && b && may('*') ? call('*', a, b) : null
  const ways: (Expression | null)[] = [may('^') && power < 1000 ? call('^', base, constant(power)) : null]
  if (power % 2 === 0 && may('square')) ways.push(part('square', power / 2))
  if (power % 3 === 0 && may('cube')) ways.push(part('cube', power / 3))
  if (power === 2) ways.push(times(base, base))
  if (power > 2 && power <= 8) {
    ways.push(times(base, writePower({ base, power: power - 1 }, may)))
    ways.push(
      times(writePower({ base, power: 2 }, may), power === 4 ? null : writePower({ base, power: power - 2 }, may))
    )
  }
  const possible = ways.filter((way) => way !== null)
  return possible.length === 0 ? null : possible.reduce((best, way) => (compareCost(way, best) < 0 ? way : best))
}

/** a * b * c; undefined without parts, null if `*` is not allowed. */
export function writeProduct(parts: readonly Expression[], may: May): Expression | undefined | null {
  if (parts.length > 1 && !may('*')) return null
  return parts.length === 0 ? undefined : parts.slice(1).reduce((left, right) => call('*', left, right), parts[0])
}
