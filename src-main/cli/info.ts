import { boxText } from '../../src-shared/contract/box.ts'
import { loadCatalog } from '../catalog/load.ts'
import { catalogSummary } from '../catalog/summary.ts'
import { boxFrom, catalogOptions, limitFrom, mapFrom } from './arguments.ts'
import { defineCommand } from './command.ts'
import { figure, print, printJson, printTable } from './output.ts'

export const info = defineCommand({
  name: 'info',
  summary: "shows a catalog's columns and reports problems",
  arguments: ['CATALOG'],
  options: { ...catalogOptions, '--json': 'prints one JSON object on stdout' },

  async run(values, positionals) {
    const catalog = await loadCatalog(positionals[0], {
      map: mapFrom(values.map),
      boxSize: boxFrom(values.box),
      memoryLimit: limitFrom(values.limit)
    })
    const summary = catalogSummary(catalog)
    if (values.json) return printJson(summary)
    const box = summary.boxSize === null ? 'open space' : `box of ${boxText(summary.boxSize, figure)} Mpc/h`
    print(`${summary.path}: ${summary.format}, ${summary.halos} halos, ${box}${summary.periodic ? ', periodic' : ''}`)
    print()
    printTable([
      ['column', 'from', 'type', 'unit', 'min', 'max', 'missing'],
      ...summary.columns.map((c) => [
        c.name,
        c.source,
        c.type,
        c.unit ?? '',
        figure(c.min),
        figure(c.max),
        `${c.nulls}`
      ])
    ])
    for (const warning of summary.warnings) print(`\n${warning}`)
  }
})
