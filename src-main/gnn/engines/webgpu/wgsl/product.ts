import { lanes } from './kernel.ts'

/**
 * WGSL of the matrix products. A workgroup computes the result tile by tile: both operands pass through workgroup memory, a
 * few terms of the sum at a time, and each lane keeps up to 8 rows of one quad (four columns) in registers.
 */
export const stepsAtOnce = 16

/** Rows and columns of a tile. */
export interface Tile {
  rows: number
  columns: number
}

/** The smallest tile that holds the result, or the largest tile if it needs several. */
export function tileFor(rows: number, columns: number): Tile {
  const fit = (size: number): number => (size <= 16 ? 16 : size <= 32 ? 32 : 64)
  const tile = { rows: fit(rows), columns: fit(columns) }
  // A tile with fewer than 4 x lanes elements would leave lanes idle.
  return tile.rows * tile.columns < 4 * lanes ? { ...tile, rows: 32 } : tile
}

/** Memory of an operand; `across` if the sum runs along its rows in memory, so that its rows are rows of the tile. */
interface Operand {
  from: 'slab' | 'weights'
  across: boolean
}

/**
 * What a product does with its result. Forward: `linear` adds the bias, `activate` also applies the activation. Back: `keep`
 * stores it, `slope` multiplies it by the activation's slope. `add` adds it to the stored value, `share` to the gradients.
 */
export type Finish = 'linear' | 'activate' | 'add' | 'keep' | 'slope' | 'share'
export type Activation = 'relu' | 'silu'

/** WGSL of each finish, which may use value, at (its destination), row, quad and the operation. */
export function finishes({
  activation,
  keepSlope
}: {
  activation: Activation
  keepSlope: boolean
}): Record<Finish, string> {
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

/** Forward: inputs times weights. Back: gradients times transposed weights. Share: transposed inputs times gradients. */
const kinds = {
  forward: { left: { from: 'slab', across: true }, right: { from: 'weights', across: false }, to: 'base' },
  back: { left: { from: 'slab', across: true }, right: { from: 'weights', across: true }, to: 'base' },
  share: { left: { from: 'slab', across: false }, right: { from: 'slab', across: false }, to: 'share' }
} as const satisfies Record<string, { left: Operand; right: Operand; to: 'base' | 'share' }>

export type ProductKind = keyof typeof kinds

/** The function for one kind of product and tile, with the finishes in use. */
export function productFunction(
  name: string,
  { kind, tile, finishes: used }: { kind: ProductKind; tile: Tile; finishes: Set<Finish> },
  finish: Record<Finish, string>
): string {
  const { left, right, to } = kinds[kind]
  const columnLanes = tile.columns / 4
  const rowLanes = lanes / columnLanes
  const laneRows = tile.rows / rowLanes
  const rowQuads = tile.rows / 4
  // A lane with four rows or more has them in quads, so that one load from the tile gives four inputs.
  const rowOf = laneRows < 4 ? `ty * ${laneRows}u + n` : `(ty + (n / 4u) * ${rowLanes}u) * 4u + n % 4u`
  const input =
    laneRows < 4
      ? `tileA[k * ${rowQuads}u + (ty * ${laneRows}u + n) / 4u][(ty * ${laneRows}u + n) % 4u]`
      : `tileA[k * ${rowQuads}u + ty + (n / 4u) * ${rowLanes}u][n % 4u]`
  const [only, ...others] = used
  const finishing =
    others.length === 0
      ? finish[only]
      : `switch (op.finish) { ${[...used].map((one) => `case ${finishNumbers[one]}u: { ${finish[one]} }`).join(' ')} default: {} }`
  // Loops of constant length over the lane's sums, which GPU compilers unroll into registers.
  return `
fn ${name}(op: Operation) {
  let tx = lane % ${columnLanes}u;
  let ty = lane / ${columnLanes}u;
  for (var row0 = 0u; row0 < op.rows; row0 += ${tile.rows}u) {
    for (var column0 = 0u; column0 < op.columns; column0 += ${columnLanes}u) {
      // Zeroed explicitly, because some drivers keep the values of the last iteration.
      var sums = array<vec4f, ${laneRows}>();
      for (var k0 = 0u; k0 < op.depth; k0 += ${stepsAtOnce}u) {
        workgroupBarrier();
${loader(left, { tile: 'tileA', quads: rowQuads, first: 'row0 / 4u', limit: 'op.rows / 4u', start: 'op.left' })}
${loader(right, { tile: 'tileB', quads: columnLanes, first: 'column0', limit: 'op.columns', start: 'op.right' })}
        workgroupBarrier();
        for (var k = 0u; k < ${stepsAtOnce}u; k++) {
          let b = tileB[k * ${columnLanes}u + tx];
          for (var n = 0u; n < ${laneRows}u; n++) { sums[n] += ${input} * b; }
        }
      }
      let quad = column0 + tx;
      if (quad < op.columns) {
        for (var n = 0u; n < ${laneRows}u; n++) {
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

/** Fills a tile [terms of the sum x quads] from an operand; elements outside the operand are zero. */
function loader(
  operand: Operand,
  { tile, quads, first, limit, start }: Record<'tile' | 'first' | 'limit' | 'start', string> & { quads: number }
): string {
  const source = operand.from
  const stride = `${start}Stride`
  const from = source === 'slab' ? `base + ${start}` : start
  if (!operand.across)
    return `        for (var u = lane; u < ${stepsAtOnce * quads}u; u += ${lanes}u) {
          let at = ${first} + u % ${quads}u;
          let k = k0 + u / ${quads}u;
          var value = vec4f();
          if (at < ${limit} && k < op.depth) { value = ${source}[${from} + k * ${stride} + at]; }
          ${tile}[u] = value;
        }`
  return `        for (var u = lane; u < ${(stepsAtOnce / 4) * quads}u; u += ${lanes}u) {
          let quad = u / ${stepsAtOnce / 4}u;
          let step = u % ${stepsAtOnce / 4}u;
          var m = array<vec4f, 4>();
          if (${first} + quad < ${limit} && k0 / 4u + step < op.depth / 4u) {
            let at = ${from} + (${first} + quad) * 4u * ${stride} + k0 / 4u + step;
            for (var n = 0u; n < 4u; n++) { m[n] = ${source}[at + n * ${stride}]; }
          }
          let to = step * ${4 * quads}u + quad;
          for (var n = 0u; n < 4u; n++) { ${tile}[to + n * ${quads}u] = vec4f(m[0][n], m[1][n], m[2][n], m[3][n]); }
        }`
}
