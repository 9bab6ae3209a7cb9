import { lanes } from './kernel.ts'

/**
 * WGSL of the matrix products. A workgroup computes a tile of the result at a time: both operands go through
 * workgroup memory, a few steps of the sum at a time, and a lane keeps up to 8 rows of one quad (four columns) in registers.
 */
export const stepsAtOnce = 16

/** Rows and columns of the tile that a workgroup computes at a time. */
export interface Tile {
  rows: number
  columns: number
}

/** The smallest tile that holds the result; of several tiles the largest. */
export function tileFor(rows: number, columns: number): Tile {
  const fit = (size: number): number => (size <= 16 ? 16 : size <= 32 ? 32 : 64)
  const tile = { rows: fit(rows), columns: fit(columns) }
  // Fewer elements than lanes x 4 would leave lanes without work.
  return tile.rows * tile.columns < 4 * lanes ? { ...tile, rows: 32 } : tile
}

/** Where an operand lies: `across` when the sum runs along its rows in memory (so a row of it is a row of the tile). */
interface Operand {
  from: 'slab' | 'weights'
  across: boolean
}

/**
 * What a product does with its result. Forward: `linear` adds the bias, `activate` the activation as well. Back: `keep` leaves
 * it, `slope` multiplies it by the slope of the activation. `add` adds it to what is there.
 */
export type Finish = 'linear' | 'activate' | 'add' | 'keep' | 'slope' | 'share'
export type Activation = 'relu' | 'silu'

/** WGSL of each finish, which may use value, at (where it goes), row, quad and the operation. */
export function finishes(activation: Activation, keepSlope: boolean): Record<Finish, string> {
  const silu = 'let z = value + weights[op.bias + quad]; let s = logistic(z); let y = z * s; slab[at] = y;'
  return {
    linear: 'slab[at] = value + weights[op.bias + quad];',
    activate:
      activation === 'relu'
        ? 'slab[at] = max(value + weights[op.bias + quad], vec4f());'
        : silu + (keepSlope ? ' slab[base + op.slope + row * op.columns + quad] = s + y * (1.0 - s);' : ''),
    add: 'slab[at] += value;',
    keep: 'slab[at] = value;',
    slope:
      activation === 'relu'
        ? 'slab[at] = select(vec4f(), value, slab[base + op.slope + row * op.columns + quad] > vec4f());'
        : 'slab[at] = value * slab[base + op.slope + row * op.columns + quad];',
    share: 'if (fresh) { gradients[at] = value; } else { gradients[at] += value; }'
  }
}

export const finishNumbers: Record<Finish, number> = { linear: 0, activate: 1, add: 2, keep: 3, slope: 4, share: 5 }

/** Forward: rows of inputs times weights. Back: rows of gradients times transposed weights. Share: inputs^T times gradients. */
const kinds = {
  forward: { left: { from: 'slab', across: true }, right: { from: 'weights', across: false }, to: 'base' },
  back: { left: { from: 'slab', across: true }, right: { from: 'weights', across: true }, to: 'base' },
  share: { left: { from: 'slab', across: false }, right: { from: 'slab', across: false }, to: 'share' }
} as const satisfies Record<string, { left: Operand; right: Operand; to: 'base' | 'share' }>

export type ProductKind = keyof typeof kinds

/** The function of one kind of product and size of tile, with the finishes that are used. */
export function productFunction(
  name: string,
  { kind, tile, finishes: used }: { kind: ProductKind; tile: Tile; finishes: Set<Finish> },
  finish: Record<Finish, string>
): string {
  const { left, right, to } = kinds[kind]
  const columnLanes = tile.columns / 4
  const rowLanes = lanes / columnLanes
  const own = tile.rows / rowLanes
  const rowQuads = tile.rows / 4
  // A lane's rows come in quads as well, where it has that many: one load from the tile gives four inputs.
  const rowOf = own < 4 ? `ty * ${own}u + n` : `(ty + (n / 4u) * ${rowLanes}u) * 4u + n % 4u`
  const input =
    own < 4
      ? `tileA[k * ${rowQuads}u + (ty * ${own}u + n) / 4u][(ty * ${own}u + n) % 4u]`
      : `tileA[k * ${rowQuads}u + ty + (n / 4u) * ${rowLanes}u][n % 4u]`
  const [only, ...others] = used
  const finishing =
    others.length === 0
      ? finish[only]
      : `switch (op.finish) { ${[...used].map((one) => `case ${finishNumbers[one]}u: { ${finish[one]} }`).join(' ')} default: {} }`
  // Loops of constant length over the lane's own sums: compilers for graphics cards unroll them into registers.
  return `
fn ${name}(op: Operation) {
  let tx = lane % ${columnLanes}u;
  let ty = lane / ${columnLanes}u;
  for (var row0 = 0u; row0 < op.rows; row0 += ${tile.rows}u) {
    for (var column0 = 0u; column0 < op.columns; column0 += ${columnLanes}u) {
      // Zeroed by hand: without a value, the one of the last round stays on some drivers.
      var sums = array<vec4f, ${own}>();
      for (var k0 = 0u; k0 < op.depth; k0 += ${stepsAtOnce}u) {
        workgroupBarrier();
${loader('tileA', rowQuads, 'row0 / 4u', 'op.rows / 4u', left, 'op.left', 'op.leftStride')}
${loader('tileB', columnLanes, 'column0', 'op.columns', right, 'op.right', 'op.rightStride')}
        workgroupBarrier();
        for (var k = 0u; k < ${stepsAtOnce}u; k++) {
          let b = tileB[k * ${columnLanes}u + tx];
          for (var n = 0u; n < ${own}u; n++) { sums[n] += ${input} * b; }
        }
      }
      let quad = column0 + tx;
      if (quad < op.columns) {
        for (var n = 0u; n < ${own}u; n++) {
          let row = row0 + ${rowOf};
          let value = sums[n];
          let at = ${to} + op.output + row * op.columns + quad;
          if (row < op.rows) {
            ${finishing}
          }
        }
      }
    }
  }
  storageBarrier();
  workgroupBarrier();
}`
}

/** Fills a tile [steps x quads of the tile's own dimension]; what lies outside the operand is zero. */
function loader(
  tile: string,
  quads: number,
  first: string,
  limit: string,
  operand: Operand,
  start: string,
  stride: string
): string {
  const source = operand.from
  const from = source === 'slab' ? `base + ${start}` : start
  if (!operand.across)
    return `        for (var u = lane; u < ${stepsAtOnce * quads}u; u += ${lanes}u) {
          let own = ${first} + u % ${quads}u;
          let k = k0 + u / ${quads}u;
          var value = vec4f();
          if (own < ${limit} && k < op.depth) { value = ${source}[${from} + k * ${stride} + own]; }
          ${tile}[u] = value;
        }`
  return `        for (var u = lane; u < ${(stepsAtOnce / 4) * quads}u; u += ${lanes}u) {
          let own = u / ${stepsAtOnce / 4}u;
          let step = u % ${stepsAtOnce / 4}u;
          var m = array<vec4f, 4>();
          if (${first} + own < ${limit} && k0 / 4u + step < op.depth / 4u) {
            let at = ${from} + (${first} + own) * 4u * ${stride} + k0 / 4u + step;
            for (var n = 0u; n < 4u; n++) { m[n] = ${source}[at + n * ${stride}]; }
          }
          let to = step * ${4 * quads}u + own;
          for (var n = 0u; n < 4u; n++) { ${tile}[to + n * ${quads}u] = vec4f(m[0][n], m[1][n], m[2][n], m[3][n]); }
        }`
}
