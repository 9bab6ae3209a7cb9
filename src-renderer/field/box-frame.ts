/** The drawn box: its edges, which of them carry ticks in a view, and round numbers for ticks and the scale bar. */
export type Vector = [x: number, y: number, z: number]

export interface BoxEdge {
  axis: 0 | 1 | 2
  /** Corners as multiples of the half sides, -1 or 1 */
  from: Vector
  to: Vector
}

/** The twelve edges of a cube from -1 to 1, each running up its axis. */
export const boxEdges: readonly BoxEdge[] = ([0, 1, 2] as const).flatMap((axis) =>
  [-1, 1].flatMap((first) =>
    [-1, 1].map((second): BoxEdge => {
      const corner = (along: number): Vector => {
        const rest = [first, second]
        return [0, 1, 2].map((i) => (i === axis ? along : (rest.shift() ?? 0))) as Vector
      }
      return { axis, from: corner(-1), to: corner(1) }
    })
  )
)

/**
 * For each axis the edge that carries its ticks: on the outline of the box as seen, the lowest for x and y, the leftmost for z.
 * `eye` is the camera's place in the same units; `project` gives pixels.
 */
export function tickEdges(eye: Vector, project: (point: Vector) => [x: number, y: number]): BoxEdge[] {
  const facing = (axis: number, side: number) => side * eye[axis] > 1
  return ([0, 1, 2] as const).flatMap((axis) => {
    const outline = boxEdges.filter((edge) => {
      if (edge.axis !== axis) return false
      const [first, second] = [0, 1, 2]
        .filter((other) => other !== axis)
        .map((other) => facing(other, edge.from[other]))
      return first !== second
    })
    const place = (edge: BoxEdge) => {
      const [x, y] = project(edge.from.map((value, i) => (i === axis ? 0 : value)) as Vector)
      return axis === 2 ? -x : y
    }
    return outline.toSorted((a, b) => place(b) - place(a)).slice(0, 1)
  })
}

/** About `count` round numbers (1, 2 or 5 times a power of ten apart) from low to high. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const step = niceStep((high - low) / Math.max(1, count))
  const ticks: number[] = []
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
    ticks.push(Number((i * step).toPrecision(12)))
  return ticks
}

/** The greatest of 1, 2, 5 times a power of ten that is at most `length`. */
export function niceLength(length: number): number {
  const power = 10 ** Math.floor(Math.log10(length))
  return (length >= 5 * power ? 5 : length >= 2 * power ? 2 : 1) * power
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw))
  const scaled = raw / power
  return (scaled <= 1 ? 1 : scaled <= 2 ? 2 : scaled <= 5 ? 5 : 10) * power
}
