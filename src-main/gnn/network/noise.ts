/**
 * The noise on variational messages: a standard normal number that depends only on seed, step, edge and component, so that it
 * is the same on any number of threads and in any order. pcg4d (Jarzynski and Olano 2020, JCGT 9(3)) hashes four counters
 * with 32-bit products; two of its words give one normal number (Box and Muller 1958).
 *
 * This is the reference for the kernels (native/kernels/variational_messages.cpp), which agree within float32 rounding.
 */
export function messageNoise(seed: number, step: number, receiver: number, sender: number, component: number): number {
  const scramble = (v: number): number => (Math.imul(v, 1664525) + 1013904223) | 0
  let [x, y, z] = [scramble(receiver), scramble(sender), scramble(step)]
  let w = scramble((seed + Math.imul(component, 0x9e3779b9)) | 0)
  x = (x + Math.imul(y, w)) | 0
  y = (y + Math.imul(z, x)) | 0
  z = (z + Math.imul(x, y)) | 0
  w = (w + Math.imul(y, z)) | 0
  x ^= x >>> 16
  y ^= y >>> 16
  z ^= z >>> 16
  w ^= w >>> 16
  x = (x + Math.imul(y, w)) | 0
  y = (y + Math.imul(z, x)) | 0
  const above = ((x >>> 8) + 1) / 2 ** 24
  const turn = (y >>> 8) / 2 ** 24
  return Math.sqrt(-2 * Math.log(above)) * Math.cos(2 * Math.PI * turn)
}
