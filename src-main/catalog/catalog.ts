import type { BoxSize } from '../../src-shared/contract/box.ts'
import type { ColumnType, WholeNumbers } from './table/table.ts'

/**
 * A halo catalog in memory, in Halolaw's units: positions comoving Mpc/h, velocities physical peculiar km/s,
 * masses Msun/h. Every array has `halos` entries.
 */
export interface Catalog {
  path: string
  /** Hash of the content, see hash.ts; only if `loadCatalog` was called with `hash` */
  sha256?: string
  /** The reader that read it: 'arrow', 'parquet', 'hdf5', 'csv'... */
  format: string
  halos: number
  /** The box, Mpc/h; null when neither the file nor the user gives it. */
  boxSize: BoxSize | null
  periodic: boolean
  x: Float32Array
  y: Float32Array
  z: Float32Array
  /** Null when the catalog has no velocities (or masses): work that needs them reports it. */
  velocity: { vx: Float32Array; vy: Float32Array; vz: Float32Array } | null
  mass: Float32Array | null
  /** Every other numeric column under its own name, e.g. Delta20, Npart. */
  extra: ReadonlyMap<string, Float32Array | Float64Array>
  /** Columns of `extra` with whole numbers above 2^53, which are rounded there, in all their digits. */
  exact?: ReadonlyMap<string, WholeNumbers>
  columns: ColumnInfo[]
  /** Redshift, cosmology and other metadata of the file, as text or numbers. */
  metadata: Record<string, string | number>
  /** One sentence each; they name row counts. */
  warnings: string[]
}

export interface ColumnInfo {
  /** Name in the expression language: x y z vx vy vz mass, or the file's own name. */
  name: string
  /** The source column in the file, e.g. 'Position[0]', 'M200c'. */
  source: string
  /** Type of the values in the file. */
  type: ColumnType
  /** Type of the values in memory. */
  memoryType: 'float32' | 'float64'
  /** Unit of the values in memory; null when dimensionless or unknown. */
  unit: string | null
  min: number
  max: number
  nulls: number
  /** `min` and `max` in all their digits, for a column of `Catalog.exact` */
  exact?: { min: string; max: string }
}
