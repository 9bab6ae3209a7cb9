import { buildNeighbours } from './neighbours.ts'
import type { GraphInput, NativeCellGrid } from './neighbours.ts'

/** The JSON output of `halolaw bench graph`: finds every directed edge once, with its sender and separation. */
export interface GraphBench {
  edges: number
  /** Best of `repeats`, excluding the construction of the grid */
  seconds: number
  edgesPerSecond: number
}

/** @param radius Mpc/h. @throws HalolawError `bad-input`, like buildNeighbours */
export async function benchGraph(
  catalog: GraphInput,
  radius: number,
  threads: number,
  repeats = 5
): Promise<GraphBench> {
  const grid = buildNeighbours(catalog, radius).grid as NativeCellGrid
  let best = { edges: 0, seconds: Infinity }
  for (let n = 0; n < repeats; n++) {
    const run = await grid.visit(threads)
    if (run.seconds < best.seconds) best = run
  }
  return { edges: best.edges, seconds: best.seconds, edgesPerSecond: best.edges / best.seconds }
}
