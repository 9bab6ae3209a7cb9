import type { MaskRecord, RunConfig } from '../../src-shared/contract.ts'

/**
 * Settings of the next run: those of the project's last run if there is one, else the service's defaults with the masks
 * that were saved last. Catalog, column mapping and box are always those of the open catalog.
 */
export function firstDraft(
  defaults: RunConfig,
  lastRun: RunConfig | undefined,
  masks: readonly MaskRecord[]
): RunConfig {
  const { catalog, map, boxSize } = defaults
  if (lastRun) return { ...lastRun, catalog, map, boxSize }
  const last = (role: MaskRecord['role']) => masks.findLast((mask) => mask.role === role)?.expression
  return { ...defaults, ood: last('ood') ?? defaults.ood, test: last('test') ?? defaults.test }
}

/** The column that first colours the field: an overdensity if there is one, else mass, else the first column. */
export function firstColour(columns: readonly string[]): string {
  for (const pattern of [/^delta_?20$/i, /^delta|overdensity/i, /^mass$/]) {
    const match = columns.find((column) => pattern.test(column))
    if (match !== undefined) return match
  }
  return columns[0]
}
