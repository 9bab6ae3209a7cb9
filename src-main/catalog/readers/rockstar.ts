import { basename } from 'node:path'
import type { TextDialect } from './text/dialect.ts'
import type { TextFlavour } from './text.ts'

const CONVENTION = { length: 'Mpc/h', velocity: 'km/s', mass: 'Msun/h', box: 'Mpc/h' }

/** Rockstar's text catalogs: out_N.list, halos_N.ascii, *_pid.list. Behroozi et al. 2013, arXiv 1110.4372. */
export const rockstarFlavour: TextFlavour = {
  id: 'rockstar',
  recognises: ({ headings }) =>
    has(headings, 'id', 'vmax', 'vrms', 'x', 'y', 'z') || has(headings, 'id', 'num_p', 'mvir', 'mbound_vir'),
  convention: CONVENTION,
  facts: scaleFactor
}

/**
 * consistent-trees' hlist_A.list; column headings contain their index: `scale(0) id(1)`. Behroozi et al. 2013, arXiv
 * 1110.4370.
 */
export const consistentTreesFlavour: TextFlavour = {
  id: 'consistent-trees',
  recognises: ({ headings }) => has(headings, 'scale', 'id', 'desc_id', 'upid'),
  convention: CONVENTION,
  facts: scaleFactor
}

function has(headings: string[], ...names: string[]): boolean {
  const known = new Set(headings.map((heading) => heading.toLowerCase().replace(/\(\d+\)$/, '')))
  return names.every((name) => known.has(name))
}

/** If no comment gives `a = `, the file name does: hlist_0.07812.list. */
async function scaleFactor({ metadata }: TextDialect, path: string): Promise<Record<string, string | number>> {
  if (typeof metadata.a === 'number') return {}
  const inName = /_(\d\.\d+)\.(?:list|txt|dat)(?:\.gz)?$/.exec(basename(path))
  return inName === null ? {} : { a: Number(inName[1]) }
}
