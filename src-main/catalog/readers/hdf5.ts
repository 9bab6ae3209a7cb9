import type { File } from 'h5wasm/node'
import { badInput } from '../../../src-shared/errors.ts'
import { hasPositions } from '../table/mapping.ts'
import type { ReadOptions, Reader, Table } from '../table/table.ts'
import { guarded, openFile, readAttributes } from './hdf5/file.ts'
import { findTables } from './hdf5/tables.ts'
import type { GroupTable } from './hdf5/tables.ts'

/** A format laid out in HDF5 that says more of itself than names do. */
export interface Hdf5Flavour {
  id: string
  recognises(file: File): boolean
  open(file: File, path: string, options: ReadOptions): Promise<Table>
}

/** Groups whose halos are taken before others' when several have positions. */
const PREFERRED = [/^\/$/, /halos?$/i]
/** Where simulations keep what they say of themselves. */
const HEADERS = [
  '/',
  '/Header',
  '/header',
  '/Cosmology',
  '/cosmology',
  '/simulation',
  '/Parameters',
  '/units',
  '/Units'
]

/** Datasets of equal length in the root or in one group, or one dataset of records, mapped by name; read from disk in blocks. */
export function hdf5Reader(flavours: readonly Hdf5Flavour[]): Reader {
  return {
    id: 'hdf5',
    title: 'an HDF5 file',
    access: 'seek',
    open: async (path, options) => {
      const file = await openFile(path)
      try {
        const flavour = flavours.find((candidate) => guarded(path, 'listed', () => candidate.recognises(file)))
        return flavour === undefined ? openFlat(file, path, options) : await flavour.open(file, path, options)
      } catch (error) {
        file.close()
        throw error
      }
    }
  }
}

function openFlat(file: File, path: string, options: ReadOptions): Table {
  const tables = findTables(file, path, options)
  const candidates = tables.filter((table) => hasPositions(table.columns, options.map))
  candidates.sort((a, b) => rank(a) - rank(b) || b.rows - a.rows)
  const chosen = candidates[0] ?? tables.toSorted((a, b) => b.columns.length - a.columns.length)[0]
  if (chosen === undefined) throw badInput(`${path} is an HDF5 file without numeric tables; choose a halo catalog.`)
  const notes: string[] = []
  if (candidates.length > 1) {
    const others = candidates.slice(1, 5).map((table) => `${table.path} (${table.rows})`)
    notes.push(
      `Halos are taken from ${chosen.path} of ${path}; other tables with positions: ${others.join(', ')} (--map position=${candidates[1].path}/... chooses one).`
    )
  }
  return {
    format: 'hdf5',
    rows: chosen.rows,
    ...(chosen.isVirtual && { storedBytes: null }),
    columns: chosen.columns,
    metadata: guarded(path, 'read', () => readAttributes(file, [chosen.path, ...HEADERS])),
    notes,
    close: () => void file.close()
  }
}

function rank(table: GroupTable): number {
  const at = PREFERRED.findIndex((pattern) => pattern.test(table.path))
  return at < 0 ? PREFERRED.length : at
}
