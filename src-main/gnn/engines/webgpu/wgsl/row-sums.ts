import { lanes } from './kernel.ts'

/** Sums of columns over rows, computed by all lanes. One function serves all widths of a kernel. */
export class RowSums {
  private readonly source: string
  private widest = 1
  constructor(source: string) {
    this.source = source
  }

  /** Allows matrices of this many columns, in quads. */
  width(columns: number): void {
    this.widest = Math.max(this.widest, Math.min(32, 2 ** Math.ceil(Math.log2(columns))))
  }

  /** Columns that one call sums; lane n below this number receives the sum of column quad0 + n. */
  get columns(): number {
    return this.widest
  }

  text(): string {
    return `
fn sumRows(base: u32, stride: u32, begin: u32, end: u32, quad0: u32, columns: u32) -> vec4f {
  let quad = quad0 + lane % ${this.widest}u;
  var sum = vec4f();
  if (quad < columns) {
    for (var row = begin + lane / ${this.widest}u; row < end; row += ${lanes / this.widest}u) { sum += ${this.source}[base + row * stride + quad]; }
  }
  workgroupBarrier();
  scratch[lane] = sum;
  for (var half = ${lanes / 2}u; half >= ${this.widest}u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] += scratch[lane + half]; }
  }
  workgroupBarrier();
  return scratch[lane % ${this.widest}u];
}`
  }
}
