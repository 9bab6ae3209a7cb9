import { boxText } from '../../src-shared/contract/box.ts'
import { badInput } from '../../src-shared/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { loadCatalog } from '../catalog/load.ts'
import { catalogOfRows } from '../catalog/rows.ts'
import { catalogSummary, describeColumns } from '../catalog/summary.ts'
import { evaluateMask } from '../evaluation/splits.ts'
import { boxFrom, catalogOptions, limitFrom, mapFrom } from './arguments.ts'
import { defineCommand } from './command.ts'
import { figure, print, printJson, printTable } from './output.ts'

export const info = defineCommand({
  name: 'info',
  summary: "shows a catalog's columns and reports problems",
  arguments: ['CATALOG'],
  options: {
    ...catalogOptions,
    '--where EXPRESSION': 'counts the halos for which an expression holds, e.g. "mass > 1e14 and x < 250"',
    '--rows EXPRESSION': 'describes only the halos for which an expression holds',
    '--json': 'prints one JSON object on stdout'
  },

  async run(values, positionals) {
    const whole = await loadCatalog(positionals[0], {
      map: mapFrom(values.map),
      boxSize: boxFrom(values.box),
      memoryLimit: limitFrom(values.limit)
    })
    const catalog = values.rows === undefined ? whole : chosenRows(whole, values.rows)
    const selected = values.where === undefined ? undefined : count(evaluateMask(catalog, values.where, usualTarget))
    const summary = { ...catalogSummary(catalog), ...(selected !== undefined && { selected }) }
    if (values.json) return printJson(summary)
    const box = summary.boxSize === null ? 'open space' : `box of ${boxText(summary.boxSize, figure)} Mpc/h`
    print(`${summary.path}: ${summary.format}, ${summary.halos} halos, ${box}${summary.periodic ? ', periodic' : ''}`)
    if (values.rows !== undefined) print(`${values.rows}: ${summary.halos} of ${whole.halos} halos`)
    if (selected !== undefined) print(`${values.where}: ${selected} of ${summary.halos} halos`)
    print()
    printTable([
      ['column', 'from', 'type', 'unit', 'min', 'max', 'missing'],
      ...summary.columns.map((c) => [
        c.name,
        c.source,
        c.memoryType === 'float32' && /64|32$/.test(c.type) && c.type !== 'float32' ? `${c.type} as float32` : c.type,
        c.unit ?? '',
        c.exact?.min ?? figure(c.min),
        c.exact?.max ?? figure(c.max),
        `${c.nulls}`
      ])
    ])
    for (const warning of summary.warnings) print(`\n${warning}`)
  }
})

/** The column that `delta` stands for in an expression, if the catalog has it. */
const usualTarget = 'Delta20'

/** @throws HalolawError `bad-input` if the expression holds for no halo */
function chosenRows(catalog: Catalog, expression: string): Catalog {
  const mask = evaluateMask(catalog, expression, usualTarget)
  const rows = Uint32Array.from({ length: count(mask) })
  let to = 0
  for (let halo = 0; halo < mask.length; halo++) if (mask[halo]) rows[to++] = halo
  if (to === 0)
    throw badInput(`"${expression}" holds for none of the ${catalog.halos} halos of ${catalog.path}; loosen it.`)
  const chosen = catalogOfRows(catalog, rows)
  return { ...chosen, columns: describeColumns(chosen) }
}

function count(mask: Uint8Array): number {
  return mask.reduce((sum, one) => sum + one, 0)
}
