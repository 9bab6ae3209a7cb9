import type { GnnConfig } from '../../../network/model.ts'

/** Divergence of N(mean, s^2) from N(0, 1). */
export const divergenceCode = `
fn divergence(mean: vec4f, logVariance: vec4f) -> vec4f { return 0.5 * (mean * mean + exp(logVariance) - logVariance - 1.0); }`

/** The noise of noise.ts on four components of an edge; 0 on components that only pad the last quad. */
export function noiseCode({ messageWidth }: GnnConfig): string {
  return `
fn noise(edge: u32, quad: u32) -> vec4f {
  let pair = edges[edge];
  let receiver = order[rows[batch.firstRow + pair.row].place] * 1664525u + 1013904223u;
  let sender = order[pair.sender] * 1664525u + 1013904223u;
  let component = 4u * quad + vec4u(0u, 1u, 2u, 3u);
  var x = vec4u(receiver);
  var y = vec4u(sender);
  var z = vec4u(batch.draw * 1664525u + 1013904223u);
  var w = (batch.seed + component * 0x9e3779b9u) * 1664525u + 1013904223u;
  x += y * w; y += z * x; z += x * y; w += y * z;
  x ^= x >> vec4u(16u); y ^= y >> vec4u(16u); z ^= z >> vec4u(16u); w ^= w >> vec4u(16u);
  x += y * w; y += z * x;
  let above = (vec4f(x >> vec4u(8u)) + 1.0) * 0x1p-24f;
  let turn = vec4f(y >> vec4u(8u)) * 0x1p-24f;
  // cos(2 pi u) as a sine, whose argument is small near a quarter turn
  let value = sqrt(-2.0 * log(above)) * -sin((0.25 - abs(turn - 0.5)) * 6.283185307);
  return select(vec4f(), value, component < vec4u(${messageWidth}u));
}`
}
