import type { WorkOptions } from '../../work.ts'
import type { CgsFactor } from './cgs.ts'

/** Of the values in the file. */
export type ColumnType =
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool'

/** Values of one column, row after row; a missing value is NaN. */
export type Values = Float32Array | Float64Array

/** A numeric column of a file, not read yet. */
export interface TableColumn {
  /** As the file calls it, without a unit. */
  name: string
  /** Where it lies when the name alone does not say, e.g. '/halos/Mass'. */
  path?: string
  type: ColumnType
  /** Numbers a row: 1, or 3 for a vector. */
  width: number
  /** As the file states it; null when it does not. */
  unit: string | null
  /** The unit as a factor, where the file states it so. */
  cgs?: CgsFactor | null
  /** @returns rows * width values */
  read(): Promise<Values> | Values
}

/** What every reader makes of a file: numeric columns of equal length and what the file says of itself. */
export interface Table {
  /** Of the reader: 'hdf5', 'parquet'... */
  format: string
  rows: number
  /** Of the files that hold the rows; null: not known. Default: the size of the file that was opened */
  storedBytes?: number | null
  columns: TableColumn[]
  /** Columns that hold no plain numbers, and what they hold: 'text', 'lists of different lengths'... */
  others?: { name: string; content: string }[]
  /** Redshift, cosmology, box... under the file's own names. */
  metadata: Record<string, string | number>
  /** Units that the format prescribes where the file is silent. */
  convention?: { length?: string; velocity?: string; mass?: string; box?: string }
  /** Sentences for the catalog's warnings. */
  notes: string[]
  /** How a person finds a row (from 0) in the file, e.g. 'line 17'; default: 'row 17', from 1. */
  rowName?(row: number): string
  close?(): void | Promise<void>
}

export interface ReadOptions extends Pick<WorkOptions, 'signal' | 'onProgress'> {
  /** Column overrides: a reader that has to choose between tables takes the one that has these. */
  map: Record<string, string>
  /** Bytes that the table may take in memory; default: see sizes.ts */
  memoryLimit?: number
  /** Takes the bytes of the file in their order; called by a reader of access `stream`. */
  onBytes?: (chunk: Uint8Array) => void
}

/** One file format. */
export interface Reader {
  id: string
  /** For sentences: 'an HDF5 file'. */
  title: string
  /** `stream`: it reads the file from end to end and passes all bytes to `onBytes`; `seek`: it reads the parts that it needs. */
  access: 'stream' | 'seek'
  /** @throws HalolawError `bad-input` in one sentence that names the file. */
  open(path: string, options: ReadOptions): Promise<Table>
}

/** Single precision holds these types without loss, double precision the rest (64-bit integers above 2^53 are rounded). */
export function valuesFor(type: ColumnType, length: number): Values {
  return ['float16', 'float32', 'int16', 'int8', 'uint16', 'uint8', 'bool'].includes(type)
    ? new Float32Array(length)
    : new Float64Array(length)
}
