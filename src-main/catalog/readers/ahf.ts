import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { TextDialect } from './text/dialect.ts'
import type { TextFlavour } from './text.ts'

/** A run's log and parameter files are small; a larger file is something else. */
const LARGEST_SIDE_FILE = 2 ** 22

/** AHF's *.AHF_halos. Knollmann and Knebe 2009, arXiv 0904.3662: lengths in kpc/h, velocities km/s, masses Msun/h. */
export const ahfFlavour: TextFlavour = {
  id: 'ahf',
  recognises: ({ headings }, path) => {
    const known = new Set(headings.map((heading) => heading.toLowerCase().replace(/\(\d+\)$/, '')))
    return (
      ['id', 'hosthalo', 'numsubstruct', 'xc', 'yc', 'zc'].every((name) => known.has(name)) ||
      /\.AHF_halos(?:\.gz)?$/.test(path)
    )
  },
  convention: { length: 'kpc/h', velocity: 'km/s', mass: 'Msun/h', box: 'Mpc/h' },
  facts: besideTheHalos
}

/** The box is in the run's .log (simu.boxsize, Mpc/h) and the redshift in the file's name (run.z0.000.AHF_halos). */
async function besideTheHalos(_dialect: TextDialect, path: string): Promise<Record<string, string | number>> {
  const facts: Record<string, string | number> = {}
  const inName = /\.z(\d+\.\d+)\.AHF_halos/.exec(basename(path))
  if (inName !== null) facts.redshift = Number(inName[1])
  const stem = basename(path).replace(/\.z\d+\.\d+\.AHF_halos.*$|\.AHF_halos.*$/, '')
  for (const name of await readdir(dirname(path)).catch(() => [])) {
    if (!name.startsWith(stem) || !/\.(?:log|parameter)$/.test(name)) continue
    const file = join(dirname(path), name)
    if ((await stat(file).catch(() => null))?.isFile() !== true || (await stat(file)).size > LARGEST_SIDE_FILE) continue
    const text = await readFile(file, 'utf8').catch(() => '')
    const box = /simu\.boxsize\s*[:=]\s*([\d.eE+-]+)/.exec(text) ?? /^\s*boxsize\s*[:=]?\s*([\d.eE+-]+)/im.exec(text)
    if (box !== null && Number(box[1]) > 0) facts.BoxSize = Number(box[1])
    const omega = /simu\.omega0\s*[:=]\s*([\d.eE+-]+)/.exec(text)
    if (omega !== null) facts.Omega_m = Number(omega[1])
  }
  return facts
}
