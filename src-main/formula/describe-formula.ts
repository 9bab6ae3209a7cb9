import type { FormulaReport, FrontEntry } from '../../src-shared/contract.ts'
import {
  printLatex,
  printNumpy,
  printText,
  substitute,
  variable,
  variablesOf,
  withoutDoubleSigns
} from '../symbolic/index.ts'
import type { Expression } from '../symbolic/index.ts'
import type { GraphFormula } from './graph-formula.ts'

/** Digits of constants in text and LaTeX; NumPy gets all of them. */
const digits = 4

/**
 * The formula for people and programs. `python` is a NumPy function that finds the neighbours itself.
 * @param radius of the graph, Mpc/h
 * @param boxSize Mpc/h; 0 in open space
 */
export function describeFormula(formula: GraphFormula, radius: number, boxSize: number): FormulaReport {
  const single = formula.messages.length === 1
  const shown = (expression: Expression): Expression =>
    withoutDoubleSigns(single ? substitute(expression, new Map([['e1', variable('e')]])) : expression)
  const name = (k: number): string => (single ? 'e' : `e${k + 1}`)
  const node = printText(shown(formula.node), { digits })
  const messages = formula.messages.map((message) => printText(withoutDoubleSigns(message), { digits }))
  const used = formula.messages.map((_, k) => variablesOf(formula.node).includes(`e${k + 1}`))
  const texts = messages.map((message, k) => `${name(k)} = sum(${message} for r < ${radius})`).filter((_, k) => used[k])
  return {
    message: messages.join('; '),
    node,
    text: [`delta = ${node}`, ...texts].join(', '),
    latex: latexOf(formula, used, radius),
    python: pythonOf(formula, used, radius, boxSize)
  }
}

/**
 * A front of laws as it is shown and kept, simplest first; a score is -dlog(loss)/dcomplexity from the law before.
 * @param radius of the graph, Mpc/h
 * @param boxSize Mpc/h; 0 in open space
 */
export function describeFront(
  front: readonly { formula: GraphFormula; complexity: number; loss: number }[],
  radius: number,
  boxSize: number
): FrontEntry[] {
  return front.map(({ formula, complexity, loss }, k) => {
    const before = front[k - 1]
    const score = before ? Math.log(before.loss / loss) / (complexity - before.complexity) : 0
    const { text, latex, python } = describeFormula(formula, radius, boxSize)
    return { complexity, loss, score, text, latex, python }
  })
}

function latexOf(formula: GraphFormula, used: boolean[], radius: number): string {
  const single = formula.messages.length === 1
  const symbol = (k: number): string => (single ? 'e_{i}' : `e_{${k + 1},i}`)
  // sums stand in as names that nothing else has, and get their symbols in the finished text
  const stand = new Map(formula.messages.map((_, k) => [`e${k + 1}`, variable(`e_${k + 1}`)]))
  let node = printLatex(substitute(formula.node, stand), { digits })
  formula.messages.forEach(
    (_, k) => (node = node.replaceAll(`{e}_{${k + 1}}`, symbol(k)).replaceAll(`e_{${k + 1}}`, symbol(k)))
  )
  const sums = formula.messages
    .map(
      (message, k) =>
        `${symbol(k)} = \\sum_{j:\\, r < ${radius}} ${bracketed(printLatex(message, { digits }), message)}`
    )
    .filter((_, k) => used[k])
  return [`\\hat{\\delta}_{i} = ${node}`, ...sums].join(', \\quad ')
}

function bracketed(latex: string, expression: Expression): string {
  return expression.kind === 'call' && (expression.op === '+' || expression.op === '-')
    ? `\\left(${latex}\\right)`
    : latex
}

function pythonOf(formula: GraphFormula, used: boolean[], radius: number, boxSize: number): string {
  const names = new Set(formula.messages.flatMap((message, k) => (used[k] ? variablesOf(message) : [])))
  const nodeNames = new Set(variablesOf(formula.node))
  const either = (name: string): boolean => names.has(name) || nodeNames.has(name)
  const needsMass = either('M_i') || either('M_j')
  const needsVelocity = [...names, ...nodeNames].some((name) => /^(v_|cos_)/.test(name))
  const parameters = ['position', ...(needsMass ? ['mass'] : []), ...(needsVelocity ? ['velocity'] : [])]
  const summed = used.flatMap((yes, k) => (yes ? [k] : []))
  const numpy = [...formula.messages, formula.node].map((part) => printNumpy(part))
  const lines = [
    'import numpy as np',
    ...(numpy.some((text) => text.includes('math.')) ? ['import math'] : []),
    '',
    '',
    `def overdensity(${parameters.join(', ')}, box_size=${boxSize > 0 ? boxSize : 'None'}, radius=${radius}):`,
    '    """Overdensity of each halo. position: (n, 3), Mpc/h' +
      (needsMass ? '; mass: (n,), Msun/h' : '') +
      (needsVelocity ? '; velocity: (n, 3), km/s' : '') +
      '. box_size None: open space."""',
    '    position = np.asarray(position, dtype=float)',
    ...(needsMass ? ['    M = np.asarray(mass, dtype=float) / 1e14'] : []),
    ...(needsVelocity
      ? ['    v = np.asarray(velocity, dtype=float) / 1000', '    speed = np.linalg.norm(v, axis=1)']
      : []),
    '    delta = np.empty(len(position))',
    '    with np.errstate(all="ignore"):',
    '        for i in range(len(position)):'
  ]
  const body: string[] = []
  if (summed.length > 0) {
    body.push('d = position - position[i]', 'if box_size:', '    d -= box_size * np.round(d / box_size)')
    body.push('r = np.sqrt((d**2).sum(axis=1))', 'near = r < radius', 'near[i] = False', 'd, r = d[near], r[near]')
  }
  if (either('M_i')) body.push('M_i = M[i]')
  if (either('v_i')) body.push('v_i = speed[i]')
  if (names.has('M_j')) body.push('M_j = M[near]')
  if (names.has('v_j')) body.push('v_j = speed[near]')
  if (names.has('v_ij')) body.push('v_ij = np.linalg.norm(v[near] - v[i], axis=1)')
  const quotient = (numerator: string, denominator: string): string =>
    `np.divide(${numerator}, ${denominator}, out=np.zeros(len(r)), where=${denominator} > 0)`
  if (names.has('v_r')) body.push(`v_r = ${quotient('((v[near] - v[i]) * d).sum(axis=1)', 'r')}`)
  if (names.has('cos_i')) body.push(`cos_i = ${quotient('d @ v[i]', '(speed[i] * r)')}`)
  if (names.has('cos_j')) body.push(`cos_j = ${quotient('(v[near] * d).sum(axis=1)', '(speed[near] * r)')}`)
  for (const k of summed) body.push(`e${k + 1} = np.sum((${numpy[k]}) * np.ones(len(r)))`)
  body.push(`delta[i] = ${numpy[numpy.length - 1]}`)
  lines.push(...body.map((line) => `            ${line}`), '    return delta', '')
  return lines.join('\n')
}
