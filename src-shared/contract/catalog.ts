import type { BoxSize } from './box.ts'

export type Bytes = Uint8Array<ArrayBuffer>

export interface ColumnSummary {
  name: string
  source: string
  type: string
  unit: string | null
  min: number
  max: number
  nulls: number
  /** Type of the values in memory, for computing; `type` is that in the file */
  memoryType?: string
  /** `min` and `max` in all their digits, of whole numbers above 2^53 */
  exact?: { min: string; max: string }
}

/** The JSON of `halolaw info`. */
export interface CatalogSummary {
  path: string
  format: string
  halos: number
  /** Mpc/h: the side of a cube, or [Lx, Ly, Lz] of a cuboid; null: unknown */
  boxSize: BoxSize | null
  periodic: boolean
  columns: ColumnSummary[]
  warnings: string[]
  metadata?: Record<string, string | number>
}

/** Statistics of the number of neighbours. */
export interface DegreeStatistics {
  edges: number
  meanDegree: number
  minDegree: number
  maxDegree: number
  /** Halos without a neighbour */
  isolated: number
  /** Halos by degree: bins of equal width; `degree` is the lowest of a bin */
  histogram: { degree: number; halos: number }[]
}

/** A named set of halos, stored as an expression. */
export interface MaskRecord {
  id: string
  name: string
  role: 'ood' | 'test'
  expression: string
  color?: string
}
