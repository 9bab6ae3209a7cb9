import { lanes } from './kernel.ts'
import { finishNumbers, finishes, productFunction, stepsAtOnce, tileFor } from './product.ts'
import type { Activation, Finish, ProductKind, Tile } from './product.ts'
import type { RowSums } from './row-sums.ts'

/** Sizes and offsets of one operation, in quads; slab offsets are relative to the workgroup's slab. */
interface Operation {
  rows: number
  /** Quads */
  columns: number
  /** Terms of each sum */
  depth: number
  left: number
  leftStride: number
  right: number
  rightStride: number
  output: number
  bias?: number
  slope?: number
}

const members = [
  'variant',
  'finish',
  'rows',
  'columns',
  'depth',
  'left',
  'leftStride',
  'right',
  'rightStride',
  'output',
  'bias',
  'slope'
] as const

interface ProgramOptions {
  activation: Activation
  /** Stores the slopes of the activation for the backward pass */
  keepSlope: boolean
  sums: RowSums
}

/**
 * A sequence of products, which a kernel executes by number. Products of the same kind and tile share their code, because
 * a shader with separate code for each takes seconds to compile.
 */
export class KernelProgram {
  private readonly name: string
  private readonly options: ProgramOptions
  private readonly variants = new Map<string, { kind: ProductKind; tile: Tile; finishes: Set<Finish> }>()
  private readonly steps: Record<(typeof members)[number], number>[] = []

  constructor(name: string, options: ProgramOptions) {
    this.name = name
    this.options = options
  }

  multiply(kind: ProductKind, finish: Finish, operation: Operation): void {
    const tile = tileFor(operation.rows, 4 * operation.columns)
    const key = `${kind}_${tile.rows}x${tile.columns}`
    const variant = this.variants.get(key) ?? { kind, tile, finishes: new Set<Finish>() }
    variant.finishes.add(finish)
    this.variants.set(key, variant)
    this.steps.push({
      bias: 0,
      slope: 0,
      ...operation,
      variant: [...this.variants.keys()].indexOf(key),
      finish: finishNumbers[finish]
    })
  }

  /** Adds the sums of columns to the gradient of a bias. */
  shareOfBias(rows: number, columns: number, gradient: number, bias: number): void {
    this.options.sums.width(columns)
    this.steps.push({
      ...{ variant: biasVariant, finish: 0, rows, columns, depth: 0, left: gradient, leftStride: columns },
      ...{ right: 0, rightStride: 0, output: bias, bias: 0, slope: 0 }
    })
  }

  /** Removes the last operation. */
  dropLast(): void {
    this.steps.pop()
  }

  /** WGSL that executes all operations; their results are visible afterwards. Use it once per kernel. */
  run(): string {
    return `for (var step = 0u; step < ${this.steps.length}u; step++) { ${this.name}(step); }`
  }

  text(): string {
    if (this.steps.length === 0) return ''
    const used = [...this.variants].filter((_, n) => this.steps.some(({ variant }) => variant === n))
    const cases = used.map(([key]) => `case ${[...this.variants.keys()].indexOf(key)}u: { ${this.name}_${key}(op); }`)
    const hasBias = this.steps.some(({ variant }) => variant === biasVariant)
    if (hasBias) cases.push(`case ${biasVariant}u: { ${this.name}_bias(op); }`)
    return `
fn ${this.name}_at(step: u32) -> Operation {
  var op: Operation;
  switch (step) {
    ${this.steps.map((step, n) => `case ${n}u: { op = Operation(${members.map((member) => `${step[member]}u`).join(', ')}); }`).join('\n    ')}
    default: {}
  }
  return op;
}
${used.map(([key, variant]) => productFunction(`${this.name}_${key}`, variant, finishes(this.options))).join('\n')}
${hasBias ? biasFunction(`${this.name}_bias`, this.options.sums) : ''}
fn ${this.name}(step: u32) {
  let op = ${this.name}_at(step);
  switch (op.variant) {
    ${cases.join('\n    ')}
    default: {}
  }
}`
  }
}

const biasVariant = 99

/** Declarations of all kernels with matrix products. */
export const sharedCode = `
struct Operation { ${members.map((member) => `${member}: u32`).join(', ')} }
var<private> lane: u32;
/// Where this workgroup's slab begins, and where its part of the gradients does
var<private> base: u32;
var<private> share: u32;
/// The workgroup overwrites its part of the gradients instead of adding to it
var<private> fresh: bool;
var<workgroup> tileA: array<vec4f, ${stepsAtOnce * 16}>;
var<workgroup> tileB: array<vec4f, ${stepsAtOnce * 16}>;
var<workgroup> scratch: array<vec4f, ${lanes}>;
fn logistic(z: vec4f) -> vec4f { return 1.0 / (1.0 + exp(-clamp(z, vec4f(-80.0), vec4f(80.0)))); }
`

function biasFunction(name: string, sums: RowSums): string {
  return `
fn ${name}(op: Operation) {
  for (var quad0 = 0u; quad0 < op.columns; quad0 += ${sums.columns}u) {
    let total = sumRows(base + op.left, op.leftStride, 0u, op.rows, quad0, op.columns);
    let quad = quad0 + lane;
    if (lane < ${sums.columns}u && quad < op.columns) {
      let at = share + op.output + quad;
      if (fresh) { gradients[at] = total; } else { gradients[at] += total; }
    }
  }
}`
}
