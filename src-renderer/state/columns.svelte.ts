import { tableFromIPC } from 'apache-arrow'
import { untrack } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import { parseRunColumn } from '../../src-shared/column-names.ts'
import type { Bytes, Client } from '../../src-shared/contract.ts'
import { sentence } from './client.ts'

export type ColumnValues = Float32Array | Float64Array

/** Columns of an Arrow table as numbers, whatever their type; nulls become NaN. */
export function decodeColumns(bytes: Bytes): Map<string, ColumnValues> {
  const table = tableFromIPC(bytes)
  const columns = new Map<string, ColumnValues>()
  for (const field of table.schema.fields) {
    const vector = table.getChild(field.name)
    if (!vector) continue
    const raw: unknown = vector.nullCount === 0 ? vector.toArray() : null
    if (raw instanceof Float32Array || raw instanceof Float64Array) columns.set(field.name, raw)
    else
      columns.set(
        field.name,
        Float64Array.from(vector, (value: unknown) => (value === null ? NaN : Number(value)))
      )
  }
  return columns
}

/**
 * The catalog's columns, one number per halo, fetched when first needed. Components call `need` in an effect and read `get`,
 * which is undefined until the values arrive; requests of one tick are sent together.
 */
export class Columns {
  private readonly values = new SvelteMap<string, ColumnValues>()
  private readonly problems = new SvelteMap<string, string>()
  private readonly pending = new Map<string, Promise<void>>()
  private queue: string[] = []
  private flight: Promise<void> | null = null
  /** Counts clearings. Effects that need columns run again after one. */
  private generation = $state(0)
  private readonly client: () => Client

  constructor(client: () => Client) {
    this.client = client
  }

  get(name: string): ColumnValues | undefined {
    return this.values.get(name)
  }

  /** Why a column could not be read, as a sentence. */
  problem(name: string): string | undefined {
    return this.problems.get(name)
  }

  /** Resolves when the columns have arrived or failed; never rejects. */
  async need(names: readonly string[]): Promise<void> {
    void this.generation
    await Promise.all(names.map((name) => this.one(name)))
  }

  /** Drops everything, because another catalog is open. */
  clear(): void {
    this.generation++
    this.values.clear()
    this.problems.clear()
    this.pending.clear()
    this.queue = []
  }

  /** Drops a run's predictions and sets, because the run has changed. */
  forgetRun(id: string): void {
    const names = [...this.pending.keys(), ...this.problems.keys()]
    this.forget(...names.filter((name) => parseRunColumn(name)?.run === id))
  }

  /** Drops columns whose values have changed. */
  forget(...names: string[]): void {
    for (const map of [this.values, this.problems, this.pending]) for (const name of names) map.delete(name)
  }

  private one(name: string): Promise<void> {
    let pending = this.pending.get(name)
    if (!pending) {
      this.queue.push(name)
      this.flight ??= Promise.resolve().then(() => this.fly())
      pending = this.flight
      this.pending.set(name, pending)
    }
    return pending
  }

  private async fly(): Promise<void> {
    const names = this.queue.splice(0)
    const generation = untrack(() => this.generation)
    this.flight = null
    if (names.length === 0) return
    try {
      const columns = decodeColumns(await this.client().call('catalog.columns', { columns: names }))
      if (generation !== this.generation) return
      for (const name of names) {
        const values = columns.get(name)
        if (values) this.values.set(name, values)
        else this.problems.set(name, `The service did not send the column ${name}; select it again.`)
      }
    } catch (error) {
      if (generation !== this.generation) return
      for (const name of names) {
        this.problems.set(name, sentence(error))
        this.pending.delete(name)
      }
    }
  }
}
