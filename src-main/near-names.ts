/** The names most like `name`: at most three, nearest first, none when nothing is near. Units in brackets do not count. */
export function nearNames(name: string, names: Iterable<string>): string[] {
  const target = withoutUnit(name)
  return [...names]
    .map((near) => {
      const bare = withoutUnit(near)
      return { near, length: bare.length, distance: editDistance(target, bare) }
    })
    .filter(({ length, distance }) => distance <= Math.max(1, Math.min(target.length, length) / 2))
    .sort((a, b) => a.distance - b.distance || (a.near < b.near ? -1 : 1))
    .slice(0, 3)
    .map(({ near }) => near)
}

function withoutUnit(name: string): string {
  const bare = name.replace(/\s*[[({].*$/, '').trim()
  return (bare === '' ? name : bare).toLowerCase()
}

/** Levenshtein's distance, a swap of neighbours counting one; texts are cut at 64 characters. */
function editDistance(a: string, b: string): number {
  a = a.slice(0, 64)
  b = b.slice(0, 64)
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    rows.push([i])
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2][j - 2] + 1)
      rows[i].push(best)
    }
  }
  return rows[a.length][b.length]
}
