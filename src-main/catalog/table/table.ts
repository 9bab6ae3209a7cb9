import type { WorkOptions } from '../../work.ts'
import type { CgsFactor } from './cgs.ts'

/** Type of the values in the file. */
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

/** 64-bit integers of one column, row after row, without rounding; a missing value is 0. */
export type WholeNumbers = BigInt64Array | BigUint64Array

/** A numeric column of a file, not read yet. */
export interface TableColumn {
  /** The file's name for it, without a unit. */
  name: string
  /** Its location if the name alone is not enough, e.g. '/halos/Mass'. */
  path?: string
  type: ColumnType
  /** Numbers per row: 1, or 3 for a vector. */
  width: number
  /** As the file states it; null if it does not. */
  unit: string | null
  /** The unit as a factor, if the file states it that way. */
  cgs?: CgsFactor | null
  /** @returns rows * width values */
  read(): Promise<Values> | Values
  /** The same numbers without rounding; a column of 64-bit integers may have it. @returns rows * width values */
  readExact?(): Promise<WholeNumbers> | WholeNumbers
}

/** A reader's view of a file: numeric columns of equal length, and the file's metadata. */
export interface Table {
  /** Name of the reader: 'hdf5', 'parquet'... */
  format: string
  rows: number
  /** Size of the files that hold the rows; null: unknown. Default: the size of the opened file */
  storedBytes?: number | null
  columns: TableColumn[]
  /** Columns that do not hold plain numbers, and their content: 'text', 'lists of different lengths'... */
  others?: { name: string; content: string }[]
  /** Redshift, cosmology, box... under the file's own names. */
  metadata: Record<string, string | number>
  /** Units that the format prescribes if the file does not state them. */
  convention?: { length?: string; velocity?: string; mass?: string; box?: string }
  /** Sentences for the catalog's warnings. */
  notes: string[]
  /** Name of a row (from 0) in the file, so that the user can find it, e.g. 'line 17'; default: 'row 17', from 1. */
  rowName?(row: number): string
  close?(): void | Promise<void>
}

export interface ReadOptions extends Pick<WorkOptions, 'signal' | 'onProgress'> {
  /** Column overrides; a reader that has to choose between tables takes the one that has these columns. */
  map: Record<string, string>
  /** Bytes that the table may take in memory; default: see sizes.ts */
  memoryLimit?: number
  /** Receives the bytes of the file in order; readers with access `stream` call it. */
  onBytes?: (chunk: Uint8Array) => void
}

/** One file format. */
export interface Reader {
  id: string
  /** For sentences: 'an HDF5 file'. */
  title: string
  /**
   * `stream` reads the file from start to end and passes all bytes to `onBytes`; `seek` reads only the parts it needs.
   */
  access: 'stream' | 'seek'
  /** @throws HalolawError `bad-input` in one sentence that names the file. */
  open(path: string, options: ReadOptions): Promise<Table>
}

/** True for types whose values double precision may round. */
export function isWide(type: ColumnType): type is 'int64' | 'uint64' {
  return type === 'int64' || type === 'uint64'
}

/** Memory for whole numbers of a type for which `isWide` holds. */
export function wholeNumbersFor(type: ColumnType, length: number): WholeNumbers {
  return type === 'uint64' ? new BigUint64Array(length) : new BigInt64Array(length)
}

/**
 * Single precision represents these types exactly; the rest use double precision (64-bit integers above 2^53 are
 * rounded).
 */
export function valuesFor(type: ColumnType, length: number): Values {
  return ['float16', 'float32', 'int16', 'int8', 'uint16', 'uint8', 'bool'].includes(type)
    ? new Float32Array(length)
    : new Float64Array(length)
}
