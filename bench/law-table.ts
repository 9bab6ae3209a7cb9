import type { Budget, SearchOutcome } from './law-engines.ts'

export interface Outcome extends SearchOutcome {
  name: string
  /** The chosen formula is the law */
  recovered: boolean
  /** Some formula of the front is the law */
  onFront: boolean
}

/** The outcomes of one engine under one budget. */
export interface Run extends Budget {
  engine: string
  noise: number
  laws: Outcome[]
}

const names: Record<string, string> = { halolaw: 'Halolaw', operon: 'pyoperon', gplearn: 'gplearn' }

/** One Markdown table per noise and budget; if engines searched different laws, separate rows compare the common ones. */
export function lawTable(runs: readonly Run[]): string {
  const order = Object.keys(names)
  const sorted = runs.toSorted((a, b) => a.noise - b.noise || order.indexOf(a.engine) - order.indexOf(b.engine))
  return [...Map.groupBy(sorted, titleOf)].map(([title, group]) => `${title}\n\n${sideBySide(group)}`).join('\n')
}

function titleOf({ noise, time, clock, threads, seed }: Run): string {
  const target = noise === 0 ? 'No noise' : `${100 * noise} % noise on the target`
  const budget = clock === 'processor' ? `${time} s of CPU time` : `${time} s`
  return `${target}, ${budget}, ${threads === 1 ? 'one thread' : `${threads} threads`}, seed ${seed}:`
}

function sideBySide(runs: readonly Run[]): string {
  const common = runs[0].laws
    .map(({ name }) => name)
    .filter((name) => runs.every((run) => run.laws.some((law) => law.name === name)))
  const rows = runs.map((run) => rowOf(names[run.engine], run.laws))
  if (runs.some((run) => run.laws.length > common.length) && common.length > 0)
    for (const run of runs)
      rows.push(
        rowOf(
          `${names[run.engine]}, the same ${common.length}`,
          run.laws.filter(({ name }) => common.includes(name))
        )
      )
  const header = ['', 'laws', 'chosen formula is the law', 'on the front', 'CPU time per law: median', 'mean']
  const missed = runs.flatMap(({ engine, laws }) => {
    const left = laws.filter(({ onFront }) => !onFront).map(({ name }) => name)
    return engine === 'halolaw' && left.length > 0 ? [`Not found by Halolaw: ${left.join(', ')}.`] : []
  })
  return [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .concat('', ...missed, '')
    .join('\n')
}

function rowOf(title: string, laws: readonly Outcome[]): string[] {
  const share = (count: number): string => `${count} (${Math.round((100 * count) / laws.length)} %)`
  const times = laws.map(({ cpuSeconds }) => cpuSeconds).toSorted((a, b) => a - b)
  const middle = times.length / 2
  const median = (times[Math.ceil(middle) - 1] + times[Math.floor(middle)]) / 2
  const seconds = (s: number): string => `${s.toFixed(1)} s`
  return [
    title,
    `${laws.length}`,
    share(laws.filter(({ recovered }) => recovered).length),
    share(laws.filter(({ onFront }) => onFront).length),
    seconds(median),
    seconds(times.reduce((sum, s) => sum + s, 0) / laws.length)
  ]
}
