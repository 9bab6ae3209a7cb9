import fc from 'fast-check'
import {
  call,
  constant,
  operatorNames,
  operators,
  variable,
  type Expression,
  type Operator
} from '../../src-main/symbolic/language/expression.ts'

/** Random trees over the given leaves and operators. */
export function treeOf(
  leaf: fc.Arbitrary<Expression>,
  ops: readonly Operator[],
  maxDepth = 4
): fc.Arbitrary<Expression> {
  const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth, depthIdentifier: 'tree' },
      leaf,
      ...([1, 2, 3] as const).flatMap((count) => {
        const names = ops.filter((op) => operators[op] === count)
        if (names.length === 0) return []
        return [
          fc
            .tuple(fc.constantFrom(...names), fc.array(tie('tree'), { minLength: count, maxLength: count }))
            .map(([op, args]) => call(op, ...args))
        ]
      })
    )
  }))
  return tree
}

/** All operators, odd names and numbers, named constants (one value a name). */
export const anyExpression = treeOf(
  fc.oneof(
    fc.double().map((value) => constant(value)),
    fc.integer({ min: -5, max: 5 }).map((value) => constant(value)),
    fc.integer({ min: 1, max: 3 }).map((n) => constant(n / 7, `C${n}`)),
    fc.constantFrom('x', 'M_i', 'Mass [Msun]', 'pi', 'and', 'a.b', 'λ', 'sin').map(variable)
  ),
  operatorNames
)

const plainOperators = operatorNames.filter((op) => !['==', '!=', 'tan'].includes(op))
const variables = fc.constantFrom('x', 'y', 'M_i').map(variable)

/** Small numbers and three variables: x, y, M_i. */
export const smallExpression = treeOf(
  fc.oneof(
    fc.constantFrom(-2, -1, 0, 0.5, 1, 2, 3).map((value) => constant(value)),
    variables
  ),
  plainOperators
)

/** The same without 0, for Python raises an error where a number is divided by 0. */
export const nonZeroExpression = treeOf(
  fc.oneof(
    fc.constantFrom(-2.5, 0.5, 1.5, 2.5).map((value) => constant(value)),
    variables
  ),
  plainOperators,
  3
)
