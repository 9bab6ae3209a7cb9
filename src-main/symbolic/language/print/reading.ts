import { call, constant, mapExpression, type Expression } from '../expression.ts'

/**
 * For reading only: a + -2 becomes a - 2, a + -2*b becomes a - 2*b, a - -2 becomes a + 2, a + -b * c becomes a - b * c. The changed
 * constants lose their names.
 */
export function withoutDoubleSigns(expression: Expression): Expression {
  const turned = (part: Expression): Expression | null => {
    if (part.kind === 'constant' && part.value < 0) return constant(-part.value)
    if (part.kind === 'call' && part.op === 'neg') return part.args[0]
    if (part.kind !== 'call' || (part.op !== '*' && part.op !== '/')) return null
    const first = turned(part.args[0])
    return first && call(part.op, first, part.args[1])
  }
  return mapExpression(expression, (part) => {
    if (part.kind !== 'call' || (part.op !== '+' && part.op !== '-')) return part
    const second = turned(part.args[1])
    return second ? call(part.op === '+' ? '-' : '+', part.args[0], second) : part
  })
}
