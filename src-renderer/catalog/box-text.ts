import { boxOf, isSides, type BoxSize } from '../../src-shared/contract/box.ts'

/**
 * Reads a typed box, Mpc/h: one side, or the three sides of a cuboid in the order x, y, z, separated by commas, blanks or `x`.
 * Blank text gives no box. Other text without a box gives a sentence to show beside the input.
 */
export function readBox(text: string): { box: BoxSize | null; problem: string | null } {
  const words = text.split(/[\s,;x×]+/).filter((word) => word !== '')
  if (words.length === 0 && text.trim() === '') return { box: null, problem: null }
  const numbers = words.map(Number)
  const sides = numbers.length === 1 ? [numbers[0], numbers[0], numbers[0]] : numbers
  if (isSides(sides)) return { box: boxOf(sides), problem: null }
  return {
    box: null,
    problem: `"${text.trim()}" is not a box; write one side in Mpc/h, as in 500, or the sides along x, y and z, as in 500, 500, 250.`
  }
}
