import { isReservedName, parseRunColumn, runColumnGrammar } from '../../../src-shared/column-names.ts'
import type { Result } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'
import { setCodes } from '../../../src-shared/set-codes.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { columnsOf } from '../../catalog/summary.ts'
import { targetColumn } from '../../evaluation/columns.ts'
import { nearNames } from '../../near-names.ts'
import type { Project } from '../../project/project.ts'
import type { OpenCatalog } from './open-catalog.ts'
import { requireCatalogOfRun } from './run-catalog.ts'

type Values = Float32Array | Float64Array | Uint8Array

/**
 * A column of the catalog or of a run (see column-names.ts), one value per halo.
 * @throws HalolawError `bad-input` with similar names or for a run on another catalog, `not-found` for an unknown run
 */
export function columnValues(name: string, open: OpenCatalog, project: Project): Values {
  if (isReservedName(name)) return runColumn(name, open, project)
  const { catalog } = open
  const columns = columnsOf(catalog)
  const values = columns.get(name)
  if (values) return values
  const near = nearNames(name, columns.keys())
  throw badInput(
    `The catalog has no column "${name}"${near.length > 0 ? `; did you mean ${near.map((n) => `"${n}"`).join(' or ')}?` : '.'}`
  )
}

/**
 * One halo's value in each of these columns; null if it is missing or not finite. Predictions and residuals have the
 * unit of the target.
 * @param names null: every column of the catalog
 * @throws HalolawError as columnValues does, and `bad-input` for a halo that does not exist
 */
export function rowOf(
  halo: number,
  names: readonly string[] | null,
  open: OpenCatalog,
  project: Project
): Result<'catalog.row'> {
  const { catalog } = open
  requireHalo(halo, catalog)
  const units = new Map(catalog.columns.map(({ name, unit }) => [name, unit]))
  return (names ?? [...columnsOf(catalog).keys()]).map((name) => {
    const value = columnValues(name, open, project)[halo]
    const column = parseRunColumn(name)
    const measured = column === null ? name : column.kind === 'set' ? null : project.runs.get(column.run).config.target
    const unit = measured === null ? null : (units.get(measured) ?? null)
    const exact = Number.isFinite(value) ? catalog.exact?.get(name)?.[halo] : undefined
    return {
      name,
      unit,
      value: Number.isFinite(value) ? value : null,
      ...(exact === undefined ? {} : { exact: String(exact) })
    }
  })
}

/** @throws HalolawError `bad-input` */
export function requireHalo(halo: number, { halos }: Pick<Catalog, 'halos'>): void {
  if (halo >= halos) throw badInput(`There is no halo ${halo}; give a number from 0 to ${halos - 1}.`)
}

function runColumn(name: string, { catalog, reference }: OpenCatalog, project: Project): Values {
  const column = parseRunColumn(name)
  if (!column) throw badInput(`There is no column "${name}"; a run's columns are ${runColumnGrammar}.`)
  const run = project.runs.get(column.run)
  requireCatalogOfRun(project, run, reference)
  if (column.kind === 'set') return sets(run, catalog, project)
  const predicted = project.runs.predictions(run.id, column.model)
  if (!predicted)
    throw badInput(`${run.name} has no predictions of "${column.model}" yet; wait until the run is done, or resume it.`)
  if (predicted.length !== catalog.halos) throw otherCatalog(run.name)
  if (column.kind === 'prediction') return predicted
  const truth = targetColumn(catalog, run.config.target)
  return predicted.map((value, halo) => value - truth[halo])
}

/** Halos that a run holds out for validation count as training halos. */
function sets(run: { id: string; name: string }, catalog: Catalog, project: Project): Uint8Array {
  const codes = new Uint8Array(catalog.halos).fill(setCodes.none)
  let any = false
  for (const name of ['train', 'validation', 'test', 'ood'] as const) {
    const halos = project.runs.set(run.id, name)
    if (!halos) continue
    any = true
    for (const halo of halos) {
      if (halo >= codes.length) throw otherCatalog(run.name)
      codes[halo] = setCodes[name === 'validation' ? 'train' : name]
    }
  }
  if (!any) throw badInput(`${run.name} has no sets yet; wait until it has read its catalog.`)
  return codes
}

function otherCatalog(run: string): Error {
  return badInput(`${run} used another catalog than the open one; open that catalog to see the run's values.`)
}
