import { loadCatalog } from '../catalog/load.ts'
import { catalogSummary } from '../catalog/summary.ts'
import { boxFrom, catalogOptions, mapFrom, readArguments } from './arguments.ts'
import type { CliCommand } from './command.ts'
import { figure, print, printJson, printTable } from './output.ts'

export const info: CliCommand = {
  summary: 'says what a catalog holds and what is wrong with it',
  help: `halolaw info CATALOG [options]

  --map NAME=COLUMN[:UNIT]   which column is x, y, z, vx, vy, vz, mass...; may be repeated
  --box MPC                  side of the periodic box in Mpc/h, where the file does not say
  --json                     one JSON object on stdout`,

  async run(args) {
    const { values, positionals } = readArguments('info', args, ['CATALOG'], catalogOptions)
    const catalog = await loadCatalog(positionals[0], { map: mapFrom(values.map), boxSize: boxFrom(values.box) })
    const summary = catalogSummary(catalog)
    if (values.json) return printJson(summary)
    const box = summary.boxSize === null ? 'open space' : `box of ${figure(summary.boxSize)} Mpc/h`
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
}
