import { sidesOf } from '../../../../../src-shared/contract/box.ts'
import type { BoxSize } from '../../../../../src-shared/contract/box.ts'
import type { CellGridLayout } from '../../../../graph/neighbours.ts'
import { wgslLiteral } from './kernel.ts'
import type { Kernel } from './kernel.ts'

const searchers = 64

/** Offset of a lane's output: `ahead` edges belong to the lanes before it, `together` to all. */
const places = `
    workgroupBarrier();
    counts[lane] = count;
    workgroupBarrier();
    var ahead = 0u;
    var together = 0u;
    for (var other = 0u; other < ${searchers}u; other++) {
      if (other == lane) { ahead = together; }
      together += counts[other];
    }`

const subgroupInputs =
  '@builtin(subgroup_id) subgroup: u32, @builtin(subgroup_invocation_id) member: u32, @builtin(num_subgroups) subgroups: u32'

/** The same with subgroup operations: only one count per subgroup goes through workgroup memory. */
const placesBySubgroup = `
    let within = subgroupExclusiveAdd(count);
    let inSubgroup = subgroupAdd(count);
    workgroupBarrier();
    if (member == 0u) { counts[subgroup] = inSubgroup; }
    workgroupBarrier();
    var ahead = 0u;
    var together = 0u;
    for (var other = 0u; other < subgroups; other++) {
      if (other == subgroup) { ahead = together + within; }
      together += counts[other];
    }`

/**
 * Finds the neighbours of every receiver of a part of a batch, like native/grid/cell_grid.cpp. Each lane scans rows of bins along x,
 * within the receiver's sphere: once to count the senders and once to write them, so that their order is always the same.
 * Float arithmetic cannot decide pairs at the radius; those are looked up in the list that the CPU decided in double precision.
 */
export function searchKernel(
  grid: CellGridLayout,
  radius: number,
  boxSize: BoxSize | null,
  subgroups: boolean
): Kernel {
  const axis = (n: number): { start: string; width: string; cells: number } => ({
    start: wgslLiteral(grid.axes[3 * n]),
    width: wgslLiteral(grid.axes[3 * n + 1]),
    cells: grid.axes[3 * n + 2]
  })
  const [x, y, z] = [axis(0), axis(1), axis(2)]
  const sides = sidesOf(boxSize ?? 0)
  let extent = Math.max(...sides)
  for (const n of [0, 1, 2]) {
    const [start, width, cells] = grid.axes.subarray(3 * n, 3 * n + 3)
    extent = Math.max(extent, Math.abs(start), Math.abs(start + width * cells), width * cells)
  }
  // Larger than the rounding of a coordinate, an image's shift and the bins' edges; one bin too many costs little.
  const slack = 16 * (extent + radius) * 2 ** -24
  const limit2 = wgslLiteral((radius + slack) ** 2)
  const settled = grid.settled.length / 3
  const image = (cell: string, cells: number): string => `imageOf(${cell}, ${cells})`
  const code = `
const periodic = ${boxSize !== null};
const box = vec3f(${sides.map(wgslLiteral).join(', ')});
const reach = ${wgslLiteral(radius + slack)};
const slack = ${wgslLiteral(slack)};
var<workgroup> counts: array<u32, ${searchers}>;

fn cellOf(position: f32, start: f32, width: f32, cells: i32) -> i32 {
  let cell = floor((position - start) / width);
  if (periodic) { return i32(cell); }
  return i32(clamp(cell, 0.0, f32(cells - 1)));
}
fn imageOf(cell: i32, cells: i32) -> i32 { return select(-((cells - 1 - cell) / cells), cell / cells, cell >= 0); }
fn gap(low: f32, width: f32, position: f32) -> f32 { return max(0.0, max(low - position, position - low - width) - slack); }
/// Separation (x_j + before) - after: the shift applies to the halo in the upper half, so that the numbers stay small.
fn before(image: vec3i) -> vec3f { return min(vec3f(), vec3f(image) * box); }
fn after(position: vec3f, image: vec3i) -> vec3f { return position - max(vec3f(), vec3f(image) * box); }

fn precedes(n: u32, receiver: u32, sender: u32, image: u32) -> bool {
  let r = settled[3u * n]; let s = settled[3u * n + 1u]; let i = settled[3u * n + 2u];
  return r < receiver || (r == receiver && (s < sender || (s == sender && i < image)));
}
fn isSettled(receiver: u32, sender: u32, image: u32) -> bool {
  var low = 0u; var high = ${settled}u;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (precedes(middle, receiver, sender, image)) { low = middle + 1u; } else { high = middle; }
  }
  return low < ${settled}u && settled[3u * low] == receiver && settled[3u * low + 1u] == sender && settled[3u * low + 2u] == image;
}

/// Counts the senders of one row of bins, and writes them to \`edges\` from \`to\` up to \`end\`.
fn scan(receiver: u32, at: vec3f, iy: i32, iz: i32, row: u32, to: u32, end: u32) -> u32 {
  let gapZ = gap(${z.start} + f32(iz) * ${z.width}, ${z.width}, at.z);
  let gapY = gap(${y.start} + f32(iy) * ${y.width}, ${y.width}, at.y);
  let chord2 = ${limit2} - gapY * gapY - gapZ * gapZ;
  if (chord2 <= 0.0) { return 0u; }
  let chord = sqrt(chord2) * 1.00001 + slack;
  let imageY = select(0, ${image('iy', y.cells)}, periodic);
  let imageZ = select(0, ${image('iz', z.cells)}, periodic);
  let bin = ((iz - imageZ * ${z.cells}) * ${y.cells} + iy - imageY * ${y.cells}) * ${x.cells};
  let last = cellOf(at.x + chord, ${x.start}, ${x.width}, ${x.cells});
  var count = 0u;
  for (var ix = cellOf(at.x - chord, ${x.start}, ${x.width}, ${x.cells}); ix <= last;) {
    let imageX = select(0, ${image('ix', x.cells)}, periodic);
    let until = min(last, (imageX + 1) * ${x.cells} - 1);
    let image = vec3i(imageX, imageY, imageZ);
    let shift = before(image);
    let origin = after(at, image);
    let stop = bins[u32(bin + until - imageX * ${x.cells} + 1)];
    for (var sender = bins[u32(bin + ix - imageX * ${x.cells})]; sender < stop; sender++) {
      if (sender == receiver) { continue; }
      let d = (positions[sender].xyz + shift) - origin;
      let r2 = dot(d, d);
      if (r2 >= ${wgslLiteral(grid.surelyOutside)}) { continue; }
      if (r2 >= ${wgslLiteral(grid.surelyInside)} && !isSettled(receiver, sender, u32(imageX + 1 + 3 * (imageY + 1) + 9 * (imageZ + 1)))) { continue; }
      if (to + count < end) { edges[to + count] = Edge(row, sender, d.x, d.y, d.z); }
      count++;
    }
    ix = until + 1;
  }
  return count;
}

@compute @workgroup_size(${searchers})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32${subgroups ? ', ' + subgroupInputs : ''}) {
  let receiver = rows[batch.firstRow + workgroup.x];
  let at = positions[receiver.place].xyz;
  let y0 = cellOf(at.y - reach, ${y.start}, ${y.width}, ${y.cells});
  let z0 = cellOf(at.z - reach, ${z.start}, ${z.width}, ${z.cells});
  let wide = u32(cellOf(at.y + reach, ${y.start}, ${y.width}, ${y.cells}) - y0 + 1);
  let all = wide * u32(cellOf(at.z + reach, ${z.start}, ${z.width}, ${z.cells}) - z0 + 1);
  var written = receiver.begin;
  for (var first = 0u; first < all; first += ${searchers}u) {
    let n = first + lane;
    let iy = y0 + i32(n % wide);
    let iz = z0 + i32(n / wide);
    var count = 0u;
    // With an empty range, scan only counts.
    if (n < all) { count = scan(receiver.place, at, iy, iz, 0u, 0u, 0u); }
${subgroups ? placesBySubgroup : places}
    if (count > 0u) { scan(receiver.place, at, iy, iz, workgroup.x, written + ahead, receiver.end); }
    written += together;
  }
}`
  return {
    name: 'search',
    buffers: [
      ['positions', 'read'],
      ['bins', 'read'],
      ['settled', 'read'],
      ['rows', 'read'],
      ['edges', 'read_write']
    ],
    code,
    subgroups
  }
}
