import type { EpochRecord } from './contract.ts'

/**
 * The training history as a table, RFC 4180: a row an epoch, a column for each member of a record in snake case, and for a
 * list one column each of its elements, counted from 1. Units: errors in the target's, seconds since training began.
 */
export function historyCsv(epochs: readonly EpochRecord[]): string {
  const columns = columnsOf(epochs)
  const rows = epochs.map((record) => columns.map(({ member, at }) => field(valueOf(record, member, at))).join(','))
  return [columns.map(({ name }) => name).join(','), ...rows].join('\r\n') + '\r\n'
}

/** The records as they are, one object an epoch; a number that is not finite is null. */
export function historyJson(epochs: readonly EpochRecord[]): string {
  return `${JSON.stringify(epochs, null, 2)}\n`
}

interface Column {
  name: string
  member: keyof EpochRecord
  /** Element of a list; null: the member is a number */
  at: number | null
}

/** Every member that any record has: a list may be shorter in later epochs, when message components were removed. */
function columnsOf(epochs: readonly EpochRecord[]): Column[] {
  const members = [...new Set(epochs.flatMap((record) => Object.keys(record) as (keyof EpochRecord)[]))]
  return members.flatMap((member): Column[] => {
    const name = member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const lengths = epochs.map((record): number => {
      const value: unknown = record[member]
      return Array.isArray(value) ? value.length : -1
    })
    const length = Math.max(...lengths)
    if (length < 0) return [{ name, member, at: null }]
    return Array.from({ length }, (_, at) => ({ name: `${name}_${at + 1}`, member, at }))
  })
}

function valueOf(record: EpochRecord, member: keyof EpochRecord, at: number | null): unknown {
  const value: unknown = record[member]
  return at === null ? value : Array.isArray(value) ? (value as unknown[])[at] : undefined
}

function field(value: unknown): string {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : ''
}
