import { evaluate, parse, type Expression } from '../src-main/symbolic/index.ts'
import { FitTable } from '../src-main/symbolic/fit/fitting.ts'
import { refit } from '../src-main/symbolic/search/polish.ts'
import type { LawSample, Rows } from './law-problems.ts'

/**
 * Whether a formula of any engine is the law up to constants: with constants refitted to the rows without noise (in 64 bits,
 * because a search may compute in 32), it agrees with the law to 1e-6 on the fresh rows.
 */
export function judgeOf({ clean, fresh }: LawSample): (formula: string) => boolean {
  const names = [...clean.columns.keys()]
  const table = new FitTable([...clean.columns.values()], clean.target, null, { kind: 'mse' })
  return (formula) => {
    let form = parse(formula, { variables: names })
    // A long formula may need a second fit.
    for (let fits = 0; fits < 2 && !agrees(form, fresh); fits++) form = refit(form, table, names, 200).expression
    return agrees(form, fresh)
  }
}

function agrees(formula: Expression, { columns, target }: Rows): boolean {
  const size = Math.sqrt(target.reduce((sum, y) => sum + y * y, 0) / target.length)
  return evaluate(formula, columns, target.length).every(
    (v, i) => Math.abs(v - target[i]) <= 1e-6 * Math.max(size, Math.abs(target[i]))
  )
}
