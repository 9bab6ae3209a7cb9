/** Halos projected to the screen: pixels from the top left, depth in 0..1 (nearer is less), radius in pixels; behind the eye: radius 0. */
export interface Projected {
  x: Float32Array
  y: Float32Array
  depth: Float32Array
  radius: Float32Array
}

/**
 * Projects `positions` (xyz interleaved) by a column-major view-projection matrix.
 * `radii` are in the positions' unit; `pixelsPerUnit` is their size on screen at unit distance.
 */
export function project(
  positions: Float32Array,
  radii: Float32Array,
  matrix: ArrayLike<number>,
  view: { width: number; height: number; pixelsPerUnit: number; minRadius: number }
): Projected {
  const count = radii.length
  const out: Projected = {
    x: new Float32Array(count),
    y: new Float32Array(count),
    depth: new Float32Array(count),
    radius: new Float32Array(count)
  }
  const [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = Array.from(matrix)
  for (let halo = 0; halo < count; halo++) {
    const px = positions[3 * halo]
    const py = positions[3 * halo + 1]
    const pz = positions[3 * halo + 2]
    const w = d * px + h * py + l * pz + p
    if (w <= 0) continue
    out.x[halo] = (0.5 + (0.5 * (a * px + e * py + i * pz + m)) / w) * view.width
    out.y[halo] = (0.5 - (0.5 * (b * px + f * py + j * pz + n)) / w) * view.height
    out.depth[halo] = (c * px + g * py + k * pz + o) / w
    out.radius[halo] = Math.max(view.minRadius, (radii[halo] * view.pixelsPerUnit) / w)
  }
  return out
}

/** A grid of screen cells, built once per view, so that finding the halo under the pointer reads few cells. */
export class ScreenGrid {
  private readonly start: Uint32Array
  private readonly members: Uint32Array
  private readonly columns: number
  private readonly rows: number
  private readonly projected: Projected
  private readonly cell: number

  constructor(projected: Projected, width: number, height: number, cell = 16) {
    this.projected = projected
    this.cell = cell
    this.columns = Math.max(1, Math.ceil(width / cell))
    this.rows = Math.max(1, Math.ceil(height / cell))
    const { x, y, radius } = projected
    this.start = new Uint32Array(this.columns * this.rows + 1)
    const cellOf = new Int32Array(x.length)
    for (let halo = 0; halo < x.length; halo++) {
      const inside = radius[halo] > 0 && x[halo] >= 0 && x[halo] < width && y[halo] >= 0 && y[halo] < height
      cellOf[halo] = inside ? Math.floor(y[halo] / cell) * this.columns + Math.floor(x[halo] / cell) : -1
      if (inside) this.start[cellOf[halo] + 1]++
    }
    for (let i = 1; i < this.start.length; i++) this.start[i] += this.start[i - 1]
    this.members = new Uint32Array(this.start[this.start.length - 1])
    const next = this.start.slice()
    for (let halo = 0; halo < x.length; halo++) if (cellOf[halo] >= 0) this.members[next[cellOf[halo]]++] = halo
  }

  /**
   * The halo at a pixel: of the discs that cover it, the one nearest to the eye; else the closest halo within `reach` pixels; else -1.
   * Of discs wider than 64 pixels only the inner 64 are found.
   */
  at(x: number, y: number, reach = 6, pickable: (halo: number) => boolean = () => true): number {
    const { x: xs, y: ys, depth, radius } = this.projected
    const span = Math.ceil(64 / this.cell)
    const column = Math.floor(x / this.cell)
    const row = Math.floor(y / this.cell)
    let covering = -1
    let close = -1
    let closest = reach * reach
    for (let r = Math.max(0, row - span); r <= Math.min(this.rows - 1, row + span); r++)
      for (let c = Math.max(0, column - span); c <= Math.min(this.columns - 1, column + span); c++) {
        const cell = r * this.columns + c
        for (let slot = this.start[cell]; slot < this.start[cell + 1]; slot++) {
          const halo = this.members[slot]
          const distance = (xs[halo] - x) ** 2 + (ys[halo] - y) ** 2
          if (distance > Math.max(closest, radius[halo] ** 2) || !pickable(halo)) continue
          if (distance <= radius[halo] ** 2) {
            if (covering < 0 || depth[halo] < depth[covering]) covering = halo
          } else if (distance < closest) {
            close = halo
            closest = distance
          }
        }
      }
    return covering >= 0 ? covering : close
  }
}
