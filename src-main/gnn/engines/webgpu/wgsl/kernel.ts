/** Storage buffers that kernels share, with the type of their elements. */
const bufferTypes = {
  /** By place: position, Mpc/h */
  positions: 'vec4f',
  /** First place of each bin of the cell grid, and the end */
  bins: 'u32',
  /** Three numbers for each edge that float arithmetic cannot decide; see CellGridLayout */
  settled: 'u32',
  /** By place: receiver features, sender features, node features, velocity; standardised, in quads */
  halos: 'vec4f',
  /** By place: number of the halo */
  order: 'u32',
  /** Receivers of a call, batch after batch */
  rows: 'Row',
  /** Edges of a part of a batch, receiver after receiver */
  edges: 'Edge',
  weights: 'vec4f',
  /** Activations and their gradients, of one workgroup each */
  slab: 'vec4f',
  /** Sums of messages of a block's edges by receiver: of block b and receiver q at b + q */
  sums: 'vec4f',
  /** By receiver: gradient of the loss with respect to the sum of its messages */
  sumGradients: 'vec4f',
  /** Gradient of the weights, one part per workgroup */
  gradients: 'vec4f',
  /** The sum of these parts */
  gradient: 'vec4f',
  /** Loss by receiver of a batch */
  rowLosses: 'f32',
  /** Penalty before its weight, summed over edges, one part per workgroup */
  penalties: 'f32',
  /** Squared norm of the gradient, one part per workgroup */
  norms: 'f32',
  /** By step: loss */
  losses: 'f32',
  /** Clipping factor of the gradient; 1 after a loss that was not finite */
  state: 'f32',
  first: 'vec4f',
  second: 'vec4f',
  average: 'vec4f',
  /** Results of a forward pass */
  results: 'f32'
} as const

export type BufferName = keyof typeof bufferTypes

/** A compute shader and the buffers it is bound to, in the order of their bindings from 1 on; binding 0 is the batch. */
export interface Kernel {
  name: string
  buffers: [BufferName, 'read' | 'read_write'][]
  code: string
  /** Uses subgroup operations; needs a device with this feature */
  subgroups?: boolean
}

/** Parameters of a dispatch, in their order in memory. */
export interface Batch {
  /** This part of the batch: first receiver in `rows`, receivers, edges, blocks of edges */
  firstRow: number
  rows: number
  edges: number
  blocks: number
  /** Workgroups that share the blocks of edges, and that share the receivers; 1 to overwrite gradients, 0 to add to them */
  groups: number
  nodeGroups: number
  fresh: number
  /** First receiver of this part in its batch */
  rowInBatch: number
  step: number
  /** Seed and step of the noise on variational messages */
  seed: number
  draw: number
  /** The whole batch: receivers, and parts of its gradient from edges and from node functions */
  batchRows: number
  edgeShares: number
  nodeShares: number
  /** 1 / receivers; penalty weight / edges */
  perReceiver: number
  perEdge: number
  rate: number
  /** 1 / (1 - beta^t) of Adam's moments */
  correction1: number
  correction2: number
  averageDecay: number
  weightDecay: number
  clipNorm: number
}

const integers: (keyof Batch)[] = [
  'firstRow',
  'rows',
  'edges',
  'blocks',
  'groups',
  'nodeGroups',
  'fresh',
  'rowInBatch',
  'step',
  'seed',
  'draw',
  'batchRows',
  'edgeShares',
  'nodeShares'
]
const floats: (keyof Batch)[] = [
  'perReceiver',
  'perEdge',
  'rate',
  'correction1',
  'correction2',
  'averageDecay',
  'weightDecay',
  'clipNorm'
]

/** Bytes between batches in the uniform buffer: the largest alignment that a device may require. */
export const batchStride = 256

/** Batches in the format of the uniform buffer. */
export function batchBytes(batches: Batch[]): ArrayBuffer {
  const bytes = new ArrayBuffer(batches.length * batchStride)
  batches.forEach((batch, index) => {
    const u32 = new Uint32Array(bytes, index * batchStride, integers.length)
    const f32 = new Float32Array(bytes, index * batchStride + 4 * integers.length, floats.length)
    integers.forEach((name, n) => (u32[n] = batch[name]))
    floats.forEach((name, n) => (f32[n] = batch[name]))
  })
  return bytes
}

/** WGSL of a kernel's module; its entry point is `main`. */
export function kernelText({ buffers, code, subgroups }: Kernel): string {
  return `${subgroups ? 'enable subgroups;' : ''}
struct Batch { ${integers.map((name) => `${name}: u32`).join(', ')}, ${floats.map((name) => `${name}: f32`).join(', ')} }
struct Row { place: u32, begin: u32, end: u32, truth: f32 }
struct Edge { row: u32, sender: u32, dx: f32, dy: f32, dz: f32 }
@group(0) @binding(0) var<uniform> batch: Batch;
${buffers.map(([name, access], n) => `@group(0) @binding(${n + 1}) var<storage, ${access}> ${name}: array<${bufferTypes[name]}>;`).join('\n')}
${code}`
}

/** Bytes of a receiver in `rows` and of an edge in `edges`. */
export const rowBytes = 16
export const edgeBytes = 20

/** Lanes of a workgroup that multiplies matrices. */
export const lanes = 128

/** The entry point of a kernel with `lanes` lanes per workgroup. */
export function entry(body: string): string {
  return `
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) index: u32) {
  lane = index;
  let group = workgroup.x;
${body}
}`
}

/** A float32 literal. */
export function wgslLiteral(value: number): string {
  const rounded = Math.fround(value)
  if (!Number.isFinite(rounded)) throw new RangeError(`${value} is not a finite float32`)
  return `f32(${rounded})`
}
