/** Bits of a halo's flag, as the vertex shader reads them. */
export const Flag = { greyed: 1, neighbour: 2, marked: 4 } as const

/**
 * Which halos stand out. With an inspected halo only it and its neighbours do, else those inside the set.
 * @param inside 1 inside the set, 0 greyed out; null: every halo stands out
 */
export function flagsOf(
  count: number,
  halo: number | null,
  neighbours: readonly number[],
  inside: Uint8Array | null
): Uint8Array<ArrayBuffer> {
  const flags = new Uint8Array(count)
  if (halo !== null) {
    flags.fill(Flag.greyed)
    for (const index of neighbours) flags[index] = Flag.neighbour
    flags[halo] = Flag.marked
  } else inside?.forEach((within, index) => (flags[index] = within ? 0 : Flag.greyed))
  return flags
}
