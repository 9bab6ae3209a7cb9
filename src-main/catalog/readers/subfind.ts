import type { File } from 'h5wasm/node'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { badInput } from '../../../src-shared/errors.ts'
import { hasPositions } from '../table/mapping.ts'
import { valuesFor } from '../table/table.ts'
import type { ReadOptions, Table, TableColumn } from '../table/table.ts'
import type { Hdf5Flavour } from './hdf5.ts'
import { guarded, openFile, readAttributes } from './hdf5/file.ts'
import { findTables } from './hdf5/tables.ts'
import type { GroupTable } from './hdf5/tables.ts'

/**
 * SUBFIND and FoF catalogs of Gadget-4, AREPO and IllustrisTNG, in one or more files. Masses are in 1e10 Msun/h,
 * velocities of groups in km/s/a and of subhalos in km/s. Lengths are in Mpc/h or kpc/h, decided by the size of the box
 * (tng-project.org/data/docs/specifications). Halos are the FoF groups; --map position=/Subhalo/SubhaloPos selects
 * subhalos.
 */
export const subfindFlavour: Hdf5Flavour = {
  id: 'subfind',
  recognises: (file) => {
    const names = new Set(file.keys())
    return names.has('Header') && (names.has('Group') || names.has('Subhalo'))
  },
  open: openSubfind
}

/** Boxes wider than this in the header are in kpc/h. */
const WIDEST_MPC = 12_000

async function openSubfind(file: File, path: string, options: ReadOptions): Promise<Table> {
  const metadata = guarded(path, 'read', () => readAttributes(file, ['/Header', '/Parameters', '/']))
  const group = groupAsked(options)
  const notes: string[] = []
  const parts = await chunkFiles(path, Number(metadata.NumFiles ?? metadata.NumFilesPerSnapshot ?? 1), notes)
  file.close()
  const files: File[] = []
  const close = (): void => files.forEach((part) => part.close())
  try {
    const chunks: GroupTable[] = []
    let storedBytes = 0
    for (const part of parts) {
      const open = await openFile(part)
      files.push(open)
      storedBytes += (await stat(part)).size
      chunks.push(...findTables(open, part, options).filter((table) => table.path === group && table.rows > 0))
    }
    return { ...tableOf(chunks, group, path, metadata, notes), storedBytes, close }
  } catch (error) {
    close()
    throw error
  }
}

function tableOf(
  chunks: GroupTable[],
  group: string,
  path: string,
  metadata: Table['metadata'],
  notes: string[]
): Table {
  const rows = chunks.reduce((sum, table) => sum + table.rows, 0)
  if (rows === 0)
    throw badInput(
      `${path} holds no halos in ${group} (0 rows); choose another chunk of the catalog, or name a dataset with --map position=...`
    )
  const length = Number(metadata.BoxSize) > WIDEST_MPC ? 'kpc/h' : 'Mpc/h'
  notes.push(
    `Lengths are taken in ${length}, as the box of ${metadata.BoxSize} tells (--map position=COLUMN:UNIT overrides).`
  )
  const columns = chunks[0].columns.map((column) => joined(column, chunks, rows, path))
  if (!hasPositions(columns, {}))
    throw badInput(`${group} of ${path} has no positions; name them with --map position=...`)
  return {
    format: 'subfind',
    rows,
    columns,
    metadata,
    convention: { length, velocity: group === '/Group' ? 'km/s/a' : 'km/s', mass: '1e10 Msun/h', box: length },
    notes
  }
}

function groupAsked({ map }: ReadOptions): string {
  return Object.values(map).some((value) => /subhalo/i.test(value)) ? '/Subhalo' : '/Group'
}

/** The existing files of a catalog split into several: name.0.hdf5, name.1.hdf5... */
async function chunkFiles(path: string, count: number, notes: string[]): Promise<string[]> {
  const match = /^(.*)\.(\d+)\.(hdf5|h5)$/.exec(basename(path))
  if (match === null || !(count > 1)) return [path]
  const [, stem, , ending] = match
  const numbered = (await readdir(dirname(path))).flatMap((name) => {
    const part =
      name.startsWith(`${stem}.`) && name.endsWith(`.${ending}`) ? name.slice(stem.length + 1, -ending.length - 1) : ''
    return /^\d+$/.test(part) ? [{ name, number: Number(part) }] : []
  })
  numbered.sort((a, b) => a.number - b.number)
  if (numbered.length < count)
    notes.push(
      `${numbered.length} of the ${count} files of the catalog ${stem} are here: halos of the others are missing, at their borders neighbours too.`
    )
  return numbered.map(({ name }) => join(dirname(path), name))
}

function joined(column: TableColumn, chunks: GroupTable[], rows: number, path: string): TableColumn {
  return {
    ...column,
    read: async () => {
      const values = valuesFor(column.type, rows * column.width)
      let start = 0
      for (const chunk of chunks) {
        const part = chunk.columns.find((candidate) => candidate.path === column.path)
        if (part === undefined || part.width !== column.width)
          throw badInput(`A file beside ${path} has no ${column.path} like the others of the catalog; fetch it again.`)
        values.set(await part.read(), start)
        start += chunk.rows * column.width
      }
      return values
    }
  }
}
