import { badInput } from '../../../src-shared/errors.ts'
import { nearNames } from '../../near-names.ts'
import { usableOperators } from '../constraints/unit-reach.ts'
import type { UnitSystem } from '../constraints/units.ts'
import { operatorNames, walk, type Expression, type Operator } from '../language/expression.ts'

const spellings: Readonly<Record<string, Operator>> = {
  '**': '^',
  pow: '^',
  IF: 'if',
  ln: 'log',
  arcsin: 'asin',
  arccos: 'acos',
  arctan: 'atan'
}

/** Reads operators by name, also in other spellings such as `**` and `IF`. @throws HalolawError `bad-input` for an unknown one. */
export function operatorsOf(names: readonly string[]): Operator[] {
  return names.map((name) => {
    const spelling = spellings[name] ?? name
    const op = operatorNames.find((known) => known === spelling)
    if (op) return op
    const near = nearNames(name, operatorNames)
    throw badInput(
      `There is no operator "${name}"; ${near.length > 0 ? `did you mean "${near[0]}"?` : `choose one of ${operatorNames.join(' ')}.`}`
    )
  })
}

/**
 * Leaves out operators that units forbid everywhere.
 * @param beside formulas whose operators can be used as well, such as definitions and a template
 */
export function operatorsThatUnitsAllow(
  operators: readonly Operator[],
  beside: readonly Expression[],
  search: { units: UnitSystem; variables: readonly string[]; target: string; warnings: string[] }
): Operator[] {
  const { units, variables, target, warnings } = search
  const all = [...new Set([...operators, ...operatorsIn(beside)])]
  const usable = usableOperators(all, units, variables, target)
  const useless = operators.filter((op) => !usable.includes(op))
  if (useless.length > 0)
    warnings.push(
      `Left out, because the units allow ${useless.length > 1 ? 'them' : 'it'} nowhere: ${useless.join(' ')}.`
    )
  return operators.filter((op) => usable.includes(op))
}

function operatorsIn(formulas: readonly Expression[]): Operator[] {
  const present = new Set<Operator>()
  for (const formula of formulas) walk(formula, (node) => node.kind === 'call' && present.add(node.op))
  return operatorNames.filter((op) => present.has(op))
}
