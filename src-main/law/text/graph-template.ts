import { badInput } from '../../../src-shared/errors.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import {
  call,
  constant,
  nameConstants,
  printText,
  readTemplate,
  useOf,
  variable,
  variablesOf,
  type Expression,
  type Template
} from '../../symbolic/index.ts'
import { tidy } from '../rewrite/tidy.ts'
import { composeLaw, nodeVariables, pairVariables, type GraphLaw, type LawVocabulary } from '../graph-law.ts'

/** A message or the node function of a template: an unknown function of some variables, or a fixed formula. */
type Slot = { readonly of: readonly string[] } | { readonly fixed: Expression }

/** The structure of a law on the graph, as in `g(M_i, sum(f(r, M_j)))`. Plain data. */
export interface GraphTemplate {
  readonly text: string
  /** One per sum over neighbours */
  readonly messages: readonly Slot[]
  readonly node: Slot
}

const example = 'g(M_i, sum(f(r, M_j)))'

/**
 * Reads a template: sums over neighbours of an unknown function of the pair, `sum(f(r, M_j))`, or of a known formula,
 * `sum(M_j / (1 + r^2))`, inside an unknown function of the halo and the sums, `g(M_i, sum(...))`, or a known one,
 * `c + c1 * sum(...)`. In a known formula whole numbers stay; c, c1, c2... and other numbers are fitted.
 * @throws HalolawError `bad-input` for another structure, a variable that the graph does not have, or no sum
 */
export function readGraphTemplate(text: string): GraphTemplate {
  const sums: Expression[] = []
  const { skeleton, uses } = readTemplate(text, [...new Set([...pairVariables, ...nodeVariables])], {
    sum: (args) => {
      if (args.length !== 1)
        throw badInput(
          `In the template "${text}", sum takes 1 argument, not ${args.length}; write it as in "${example}".`
        )
      return variable(`e${sums.push(args[0])}`)
    }
  })
  if (sums.length === 0)
    throw badInput(`The template "${text}" has no sum over neighbours; write one, as in "${example}".`)
  if (uses.length > new Set(uses.map((use) => use.function)).size)
    throw badInput(
      `The template "${text}" uses a function twice; give each place on the graph a function of its own name.`
    )
  const names = sums.map((_, k) => `e${k + 1}`)
  return {
    text,
    messages: sums.map((sum) => slotOf(sum, uses, pairVariables, text)),
    node: slotOf(skeleton, uses, [...nodeVariables, ...names], text)
  }
}

function slotOf(expression: Expression, uses: Template['uses'], known: readonly string[], text: string): Slot {
  const use = expression.kind === 'variable' ? uses[useOf(expression.name)] : undefined
  const used = use ? use.args.flatMap(variablesOf) : variablesOf(expression)
  if (used.some((name) => useOf(name) >= 0))
    throw badInput(
      `In the template "${text}", a function stands within a larger formula; on the graph a message and the node function are each searched as a whole, so write it as in "${example}".`
    )
  const unknown = used.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw badInput(
      /^e\d+$/.test(unknown)
        ? `In the template "${text}", a sum stands within a sum; write one sum over a function of the pair, as in "${example}".`
        : `In the template "${text}", ${unknown} belongs to a pair of halos; move it into sum(...).`
    )
  if (!use) return { fixed: expression }
  if (use.args.some((arg) => arg.kind !== 'variable'))
    throw badInput(
      `In the template "${text}", the arguments of a function on the graph are variables and sums only; write f(r) for f(r^2), which is as general.`
    )
  return { of: used }
}

/** @throws HalolawError `bad-input` where the template uses masses or velocities that the catalog lacks */
export function checkTemplate(template: GraphTemplate, { mass, velocity }: Pick<Catalog, 'mass' | 'velocity'>): void {
  const { pair, node } = lawVocabularyOf(template)
  for (const name of [...pair, ...node]) {
    const missing =
      name.startsWith('M_') && !mass ? 'masses' : /^(v_|cos_)/.test(name) && !velocity ? 'velocities' : null
    if (missing)
      throw badInput(`The template "${template.text}" uses ${name}, and the catalog has no ${missing}; leave it out.`)
  }
}

/** Laws of the template to start from: sums of each variable of the pair, plain and falling with distance. */
export function seedsOf({ messages, node }: GraphTemplate): GraphLaw[] {
  const c = (value: number): Expression => constant(value, 'C')
  const line = (of: Expression): Expression => call('+', c(0), call('*', c(1), of))
  const fall = (top: Expression): Expression =>
    call('/', top, call('+', c(1), call('^', call('*', c(0.05), variable('r')), c(6))))
  const starts = (slot: Slot): Expression[] => {
    if ('fixed' in slot) return [slot.fixed]
    const plain = slot.of.map((name) => line(variable(name)))
    return slot.of.includes('r')
      ? [fall(c(1)), ...plain.filter((_, k) => slot.of[k] !== 'r').map(fall), ...plain]
      : plain
  }
  const nodes = 'fixed' in node ? [node.fixed] : [nodeOfSums(node.of, messages.length, line)]
  const longest = Math.max(...messages.map((slot) => starts(slot).length))
  return nodes.flatMap((one) =>
    Array.from({ length: longest }, (_, k) =>
      composeLaw(
        messages.map((slot) => starts(slot)[k % starts(slot).length]),
        one
      )
    )
  )
}

/** C + C e1 + C e2... of the sums that the node function uses. */
function nodeOfSums(of: readonly string[], sums: number, line: (of: Expression) => Expression): Expression {
  const names = Array.from({ length: sums }, (_, k) => `e${k + 1}`).filter((name) => of.includes(name))
  const [first, ...rest] = names.length > 0 ? names : of
  return rest.reduce<Expression>(
    (sum, name) => call('+', sum, call('*', constant(1, 'C'), variable(name))),
    line(variable(first))
  )
}

/** The variables of each function of a template. */
export function lawVocabularyOf({ messages, node }: GraphTemplate): LawVocabulary {
  const of = (slot: Slot): readonly string[] => ('of' in slot ? slot.of : variablesOf(slot.fixed))
  return { pair: [...new Set(messages.flatMap(of))], messages: messages.map(of), node: of(node) }
}

/** A test for the template's structure. */
export function conformsTo(template: GraphTemplate): (formula: GraphLaw) => boolean {
  // As a search writes them: simplified, with merged constants.
  const [asSearched] = seedsOf(template).map((seed) => tidy(seed, { apart: true }))
  const fills = (part: Expression, slot: Slot, fixed: Expression): boolean =>
    'fixed' in slot ? shape(part) === shape(fixed) : variablesOf(part).every((name) => slot.of.includes(name))
  return ({ messages, node }) =>
    messages.length === template.messages.length &&
    fills(node, template.node, asSearched.node) &&
    messages.every((message, k) => fills(message, template.messages[k], asSearched.messages[k]))
}

/** The text of a formula without the values of its constants. */
function shape(part: Expression): string {
  return printText(nameConstants(part), { constants: 'names' })
}
