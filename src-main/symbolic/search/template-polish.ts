import { complexity, type Expression, type Operator } from '../language/expression.ts'
import type { FitTable } from '../fit/fitting.ts'
import type { Genome } from '../language/genome.ts'
import { HallOfFame, type HallMember } from './hall-of-fame.ts'
import { simpleNumbers, simplerForms, type SearchRules, type Tables } from './polish.ts'
import { opcodes } from '../language/program.ts'
import { simplify } from '../algebra/simplify.ts'
import { withLiterals, type Composition } from '../template/composition.ts'
import { writeOut, type Inputs } from '../constraints/inputs.ts'
import { applyPenalty } from '../constraints/physics.ts'

/** The rules of a search for a template's functions. */
export interface TemplateRules extends SearchRules {
  composition: Composition
  inputs: Inputs
}

/** Like `reduce`, within each function of a law; the fixed parts of the template stay. */
export function reduceParts(
  start: HallMember,
  table: FitTable,
  rules: TemplateRules,
  maxFits: number,
  hall: HallOfFame
): HallMember {
  const { composition, floor } = rules
  let current = start
  let fits = 0
  for (let improved = true; improved && fits < maxFits;) {
    improved = false
    for (const parts of simplerParts(withLiterals(current.parts!), rules)) {
      const { law } = composition.compose(parts)
      const size = complexity(formulaOf(law, table, rules), rules.options.complexity)
      const isShorter =
        size < current.complexity ||
        (size === current.complexity && freeIn(parts) < freeIn(withLiterals(current.parts!)))
      if (!isShorter || !rules.physics.allowsForm(table.userOperators.expand(law))) continue
      if (++fits > maxFits) break
      const member = fitMember(parts, table, rules, 15)
      if (!member) continue
      hall.offer(member)
      if (member.loss > Math.max(current.loss * 1.0002, floor)) continue
      current = member
      improved = true
      break
    }
  }
  return current
}

/** Like `polish`: reduces every law of the front, refits it, and rounds constants where that costs nothing. */
export function polishParts(
  members: readonly HallMember[],
  { sample, fitting, whole }: Tables,
  rules: TemplateRules,
  isCancelled: () => boolean
): HallMember[] {
  const { floor, physics, options } = rules
  const reduced = new HallOfFame()
  for (const { parts } of members) {
    if (isCancelled()) return []
    const start = parts && fitMember(withLiterals(parts), sample, rules, 60)
    if (!start) continue
    reduced.offer(start)
    if (!rules.brief) reduced.offer(reduceParts(start, sample, rules, 100, reduced))
  }
  const hall = new HallOfFame()
  const iterations = Math.round(Math.min(60, Math.max(4, (rules.brief ? 6e5 : 6e6) / fitting.rows)))
  for (const { parts } of reduced.front()) {
    if (isCancelled()) return []
    const refitted = fitMember(withLiterals(parts!), fitting, rules, iterations)
    // the refit may have moved a constant that a limit depends on
    const forms = [refitted && rounded(refitted, fitting, rules), refitted, fitMember(parts!, fitting, rules, 0)]
    for (const form of forms) {
      const member = form && (fitting === whole ? form : fitMember(form.parts!, whole, rules, 0))
      if (member) hall.offer(member)
    }
  }
  return hall
    .front(floor)
    .filter(({ complexity }) => complexity <= options.maxComplexity)
    .map((member) => {
      const breaks = physics.violations(whole.userOperators.expandExpression(member.expression))
      return breaks.length === 0 ? member : { ...member, breaks }
    })
}

/** The law as a formula, simplified if the constraints allow it. */
function formulaOf(
  law: Genome,
  { userOperators }: FitTable,
  { inputs, options, constraints }: TemplateRules
): Expression {
  const formula = writeOut(law, inputs, userOperators)
  const simple = simplify(formula, new Set(options.operators))
  return constraints.admits(simple) ? simple : formula
}

/** The parts with fitted constants, as a member of the front; null if the law is not finite or not allowed. */
function fitMember(parts: Genome, table: FitTable, rules: TemplateRules, iterations: number): HallMember | null {
  const { composition, physics, constraints, options } = rules
  const { law } = composition.compose(parts)
  const loss = table.fit(law, 'plain', iterations, 1e-10).plainLoss
  const expression = formulaOf(law, table, rules)
  if (!Number.isFinite(loss) || !constraints.admits(expression)) return null
  const weighed = applyPenalty(loss, physics.penaltyFactor(table.userOperators.expandExpression(expression)))
  if (!Number.isFinite(weighed)) return null
  return {
    expression,
    complexity: complexity(expression, options.complexity),
    loss: weighed,
    parts: composition.readBack(parts, law)
  }
}

function* simplerParts(parts: Genome, { composition, options, physics }: TemplateRules): Generator<Genome> {
  const allowed = new Set<Operator>(options.operators)
  const list = composition.split(parts)
  for (const [k, part] of list.entries())
    for (const form of simplerForms(composition.write(part, k), allowed, physics.literals))
      yield composition.join(list.with(k, composition.read(form, k)))
}

function freeIn(parts: Genome): number {
  return parts.ops.filter((op) => op === opcodes.parameter).length
}

function rounded(start: HallMember, table: FitTable, rules: TemplateRules): HallMember {
  const limit = Math.max(start.loss * 1.001, rules.floor)
  let best = start
  start.parts!.ops.forEach((op, i) => {
    if (op !== opcodes.parameter) return
    const { ops, args } = best.parts!
    for (const simple of simpleNumbers(args[i])) {
      const tried = fitMember({ ops, args: args.with(i, simple) }, table, rules, 0)
      if (!tried || tried.loss > limit) continue
      best = tried
      break
    }
  })
  return best
}
