import type { File } from 'h5wasm/node'
import { badInput } from '../../../src-shared/errors.ts'
import { findColumn, hasPositions } from '../table/mapping.ts'
import type { ReadOptions, Reader, Table } from '../table/table.ts'
import { guarded, openFile, readAttributes } from './hdf5/file.ts'
import { findTables, joinTables } from './hdf5/tables.ts'
import type { GroupTable } from './hdf5/tables.ts'

/** An HDF5-based format that describes itself by more than column names. */
export interface Hdf5Flavour {
  id: string
  recognises(file: File): boolean
  open(file: File, path: string, options: ReadOptions): Promise<Table>
}

/** Groups whose halos take precedence when several groups have positions. */
const PREFERRED = [/^\/$/, /halos?$/i]
/** Where simulations store their metadata. */
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

/**
 * Datasets of equal length in the root or in one group, or one dataset of records, mapped by name; read from disk in
 * blocks.
 */
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
        closeQuietly(file)
        throw error
      }
    }
  }
}

/** A flavour may have closed the file already, and its error is the one to report. */
function closeQuietly(file: File): void {
  try {
    file.close()
  } catch {
    // Closed before.
  }
}

const HALOTOOLS = { length: 'Mpc/h', velocity: 'km/s', mass: 'Msun/h', box: 'Mpc/h' }

function openFlat(file: File, path: string, options: ReadOptions): Table {
  const tables = findTables(file, path, options)
  const whole = isSoap(file) ? wholeTable(tables) : null
  const candidates = whole === null ? tables.filter((table) => hasPositions(table.columns, options.map)) : [whole]
  candidates.sort((a, b) => rank(a) - rank(b) || b.rows - a.rows)
  const largest = (): GroupTable | undefined => tables.toSorted((a, b) => b.columns.length - a.columns.length)[0]
  const main = candidates[0] ?? positionsApart(tables, options.map) ?? largest()
  if (main === undefined) throw badInput(`${path} is an HDF5 file without numeric tables; choose a halo catalog.`)
  const chosen = whole ?? withNamed(withNested(main, tables), tables, options.map, path)
  const notes: string[] = []
  if (candidates.length > 1) {
    const others = candidates.slice(1, 5).map((table) => `${table.path} (${table.rows})`)
    notes.push(
      `Halos are taken from ${main.path} of ${path}; other tables with positions: ${others.join(', ')} (--map position=${candidates[1].path}/... chooses one).`
    )
  }
  const columnPaths = main.kind === 'group' ? main.columns.flatMap(({ path: at }) => at ?? []).slice(0, 100) : []
  const places = [...upwards(main.path), ...HEADERS, ...otherHeaders(file), ...columnPaths]
  return {
    format: 'hdf5',
    rows: chosen.rows,
    ...(chosen.isVirtual && { storedBytes: null }),
    columns: chosen.columns,
    others: chosen.others,
    metadata: { ...chosen.metadata, ...guarded(path, 'read', () => readAttributes(file, places)) },
    convention: isHalotools(chosen) ? HALOTOOLS : undefined,
    notes,
    close: () => void file.close()
  }
}

/** halotools (Hearin et al. 2017, AJ 154, 190) prescribes its columns' names and units. */
function isHalotools({ columns }: GroupTable): boolean {
  const names = new Set(columns.map((column) => column.name))
  return ['halo_x', 'halo_y', 'halo_z'].every((name) => names.has(name))
}

/**
 * SOAP (github.com/SWIFTSIM/SOAP) writes one row per halo in every group: the halo finder's input, bound masses,
 * spherical overdensities.
 */
function isSoap(file: File): boolean {
  const names = new Set(file.keys())
  return ['InputHalos', 'BoundSubhalo', 'SO', 'BoundSubhaloProperties'].filter((name) => names.has(name)).length > 1
}

function wholeTable(tables: readonly GroupTable[]): GroupTable | null {
  const rows = tables.find(({ path }) => /^\/(?:InputHalos|BoundSubhalo)/.test(path))?.rows
  const parts = tables.filter((table) => table.rows === rows)
  return parts.length === 0 ? null : { ...joinTables(parts), kind: 'group', path: '/' }
}

/** Adds the columns of nested groups that have one row per halo, as CAESAR writes them. */
function withNested(main: GroupTable, tables: readonly GroupTable[]): GroupTable {
  if (main.path === '/') return main
  const nested = tables.filter((table) => table.rows === main.rows && table.path.startsWith(`${main.path}/`))
  return nested.length === 0 ? main : joinTables([main, ...nested])
}

/** Adds the columns of other groups that the user names. */
function withNamed(main: GroupTable, tables: readonly GroupTable[], map: ReadOptions['map'], path: string): GroupTable {
  const parts: GroupTable[] = []
  for (const [key, value] of Object.entries(map)) {
    if (findColumn(main.columns, value) !== null) continue
    const column = tables.map((table) => ({ table, column: findColumn(table.columns, value) })).find((x) => x.column)
    if (column === undefined || column.column === null) continue
    if (column.table.rows !== main.rows)
      throw badInput(
        `--map ${key}=${value} names a dataset of ${column.table.rows} rows in ${path}, and the positions in ${main.path} have ${main.rows}; choose datasets of one length.`
      )
    parts.push({ ...column.table, columns: [column.column], others: [] })
  }
  return parts.length === 0 ? main : joinTables([main, ...parts])
}

/** Positions that the user names, or that are recognised by name, in several groups with equal numbers of rows. */
function positionsApart(tables: readonly GroupTable[], map: ReadOptions['map']): GroupTable | undefined {
  const lengths = [...new Set(tables.map((table) => table.rows))]
  return lengths
    .map((rows) => joinTables(tables.filter((table) => table.rows === rows)))
    .find((table) => hasPositions(table.columns, map))
}

/** A path and the groups that contain it. */
function upwards(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '')
  return parts.map((_, i) => `/${parts.slice(0, parts.length - i).join('/')}`)
}

/** Groups of the root whose names suggest that they describe the simulation. */
function otherHeaders(file: File): string[] {
  return file
    .keys()
    .filter((name) => /header|cosmo|simul|param|unit|attr|meta|info/i.test(name))
    .slice(0, 50)
    .map((name) => `/${name}`)
}

function rank(table: GroupTable): number {
  const at = PREFERRED.findIndex((pattern) => pattern.test(table.path))
  return at < 0 ? PREFERRED.length : at
}
