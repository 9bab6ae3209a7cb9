import { constantsOf, withConstants, type Expression } from '../language/expression.ts'

/** Factor by which rounding may increase the loss. */
const tolerated = 1.001

/**
 * Rounds each named constant to the fewest digits that keep the loss within a thousandth, or below the floor, under which all
 * differences are rounding error.
 */
export function withFewestDigits(expression: Expression, lossOf: (e: Expression) => number, floor: number): Expression {
  const constants = constantsOf(expression)
  const limit = Math.max(tolerated * lossOf(expression), floor)
  const rounded = (digits: readonly number[]): Expression =>
    withConstants(
      expression,
      new Map(
        constants.map(({ name, value }, k) => [name, digits[k] > 16 ? value : Number(value.toPrecision(digits[k]))])
      )
    )
  const digits = constants.map((_, k) => {
    for (let few = 1; few <= 16; few++)
      if (lossOf(rounded(constants.map((_, other) => (other === k ? few : 17)))) <= limit) return few
    return 17
  })
  // constants that round well one by one may not round well together
  while (digits.some((few) => few <= 16) && !(lossOf(rounded(digits)) <= limit))
    digits.forEach((few, k) => (digits[k] = few + 1))
  return rounded(digits)
}
