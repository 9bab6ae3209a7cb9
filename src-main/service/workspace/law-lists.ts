import type { LawList, LawOrder, Params, RunSummary } from '../../../src-shared/contract.ts'
import { readKeptLaws, type KeptLaw } from '../../law/search/kept-laws.ts'
import { readLawPattern } from '../../law/text/law-pattern.ts'
import { readRunCheckpoint } from '../../project/checkpoint-records.ts'
import type { RunTable } from '../../project/run-table.ts'
import { noKeptLaws, queryLaws, type SearchedLaws } from '../../run/laws/query-laws.ts'

/** A question about the laws of a run, with all that the answer needs */
export interface LawListRequest {
  run: Pick<RunSummary, 'name' | 'state'>
  config: SearchedLaws['config']
  boxSize: SearchedLaws['boxSize']
  /** The run's kept laws as `pack` wrote them; null: there are none */
  packed: Uint8Array | null
  /** Null: all laws */
  where: string | null
  top: number
  order?: LawOrder
}

/** Collects what `listLaws` needs from the project. */
export function lawListRequest(
  runs: Pick<RunTable, 'get' | 'packedKeptLaws'>,
  { id, ...query }: Params<'laws.list'>
): LawListRequest {
  const { name, state, config, result } = runs.get(id)
  return {
    run: { name, state },
    config,
    boxSize: result?.catalog.boxSize ?? null,
    packed: runs.packedKeptLaws(id),
    ...query
  }
}

/**
 * Lists the laws that match a pattern. Reading thousands of laws and printing hundreds takes seconds the first time, so that a
 * thread does it.
 * @throws HalolawError `bad-input` for a mistake in the pattern, or a run without kept laws
 */
export function listLaws({ run, config, boxSize, packed, where, top, order }: LawListRequest): LawList {
  const pattern = where === null || where.trim() === '' ? undefined : readLawPattern(where)
  const laws = packed && lawsOf(packed)
  if (!laws) throw noKeptLaws(run)
  return queryLaws({ laws, config, boxSize }, { pattern, top, order })
}

/** The laws of the latest question: the next one usually asks about the same run. */
let latest: { packed: Uint8Array; laws: KeptLaw[] } | null = null

function lawsOf(packed: Uint8Array): KeptLaw[] | null {
  if (latest && Buffer.compare(latest.packed, packed) === 0) return latest.laws
  const columns = readRunCheckpoint(new Map([['kept-laws', packed]]), 'kept-laws')
  latest = columns && { packed, laws: [...readKeptLaws(columns)] }
  return latest?.laws ?? null
}
