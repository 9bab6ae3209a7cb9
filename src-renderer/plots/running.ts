export interface RunningBand {
  /** Median x of each window, ascending */
  x: number[]
  median: number[]
  /** 16th and 84th percentile */
  low: number[]
  high: number[]
}

/**
 * Running median of y along x with its 16..84 % band, in windows of equal width that overlap by half, so that the sparse tails,
 * where a model extrapolates, are resolved as well as the middle. Windows with fewer than `fewest` values are left out.
 */
export function runningBand(x: ArrayLike<number>, y: ArrayLike<number>, windows = 28, fewest = 12): RunningBand {
  const band: RunningBand = { x: [], median: [], low: [], high: [] }
  const rows: number[] = []
  for (let row = 0; row < x.length; row++) if (Number.isFinite(x[row]) && Number.isFinite(y[row])) rows.push(row)
  if (rows.length < fewest) return band
  rows.sort((a, b) => x[a] - x[b])
  const start = x[rows[0]]
  const half = (x[rows[rows.length - 1]] - start) / (windows + 1)
  let first = 0
  let end = 0
  for (let window = 0; window < windows; window++) {
    const low = start + window * half
    while (first < rows.length && x[rows[first]] < low) first++
    while (end < rows.length && (x[rows[end]] <= low + 2 * half || window === windows - 1)) end++
    if (end - first < fewest) continue
    const inside = rows.slice(first, end)
    const values = Float64Array.from(inside, (row) => y[row]).sort()
    band.x.push(x[inside[inside.length >> 1]])
    band.median.push(quantile(values, 0.5))
    band.low.push(quantile(values, 0.16))
    band.high.push(quantile(values, 0.84))
  }
  return band
}

/** The central range that holds a given share of the values, so that outliers do not stretch an axis. */
export function centralRange(values: Float64Array, share: number): [number, number] | null {
  const finite = values.filter(Number.isFinite).sort()
  if (finite.length === 0) return null
  const tail = (1 - share) / 2
  return [quantile(finite, tail), quantile(finite, 1 - tail)]
}

/** A quantile of ascending values, by linear interpolation. */
function quantile(ascending: Float64Array, fraction: number): number {
  const at = (ascending.length - 1) * fraction
  const below = Math.floor(at)
  const above = Math.min(ascending.length - 1, below + 1)
  return ascending[below] + (at - below) * (ascending[above] - ascending[below])
}
