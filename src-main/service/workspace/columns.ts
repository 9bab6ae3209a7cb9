import { makeTable, tableToIPC } from 'apache-arrow'
import type { Bytes, SetName } from '../../../src-shared/contract.ts'
import { badInput } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { columnsOf } from '../../catalog/summary.ts'
import { targetColumn } from '../../evaluation/columns.ts'
import type { Project } from '../../project/project.ts'
import { nearNames } from '../../near-names.ts'

type Values = Float32Array | Float64Array | Uint8Array

const setNumbers: Record<SetName, number> = { train: 0, test: 1, ood: 2 }
/** A halo in no set, because it has no target. */
const noSet = 255

/** A table of these columns in Arrow's stream format. */
export function arrowBytes(columns: Record<string, Values>): Bytes {
  return new Uint8Array(tableToIPC(makeTable(columns), 'stream'))
}

/**
 * One column, one value a halo: of the catalog, or of a run: `@set:<run>` (0 train, 1 test, 2 ood, 255 none),
 * `@pred:<run>:<model>`, `@residual:<run>:<model>` (predicted minus true).
 * @throws HalolawError `bad-input` with near names, `not-found` for an unknown run
 */
export function columnValues(name: string, catalog: Catalog, project: Project): Values {
  if (name.startsWith('@')) return runColumn(name, catalog, project)
  const columns = columnsOf(catalog)
  const values = columns.get(name)
  if (values) return values
  const near = nearNames(name, columns.keys())
  throw badInput(
    `The catalog has no column "${name}"${near.length > 0 ? `; did you mean ${near.map((n) => `"${n}"`).join(' or ')}?` : '.'}`
  )
}

function runColumn(name: string, catalog: Catalog, project: Project): Values {
  const [kind, id, model] = name.split(':')
  const run = project.runs.get(id ?? '')
  if (kind === '@set') return sets(run.name, id, catalog, project)
  if ((kind !== '@pred' && kind !== '@residual') || model === undefined)
    throw badInput(
      `There is no column "${name}"; a run's columns are @set:run, @pred:run:model and @residual:run:model.`
    )
  const predicted = project.runs.predictions(id, model)
  if (!predicted) throw badInput(`${run.name} has no predictions of "${model}" yet.`)
  if (predicted.length !== catalog.halos) throw otherCatalog(run.name)
  if (kind === '@pred') return predicted
  const truth = targetColumn(catalog, run.config.target)
  return predicted.map((value, halo) => value - truth[halo])
}

function sets(run: string, id: string, catalog: Catalog, project: Project): Uint8Array {
  const out = new Uint8Array(catalog.halos).fill(noSet)
  let found = false
  for (const name of ['train', 'validation', 'test', 'ood'] as const) {
    const halos = project.runs.set(id, name)
    if (!halos) continue
    found = true
    for (const halo of halos) {
      if (halo >= out.length) throw otherCatalog(run)
      out[halo] = setNumbers[name === 'validation' ? 'train' : name]
    }
  }
  if (!found) throw badInput(`${run} has not come so far as to have sets.`)
  return out
}

function otherCatalog(run: string): Error {
  return badInput(`${run} was made on another catalog than the one that is open; open that one to see its figures.`)
}
