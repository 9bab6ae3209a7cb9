import { Random } from '../../random.ts'
import type { Completion } from './seeds/completion.ts'
import type { Expression } from '../language/expression.ts'
import { column, join, literal, replaceAt, structureOf, type Genome } from '../language/genome.ts'
import type { HallMember } from './hall-of-fame.ts'
import { Searcher, violationPenalty, type Individual, type SearcherParts, type SeenPolicy } from './searcher.ts'
import { invertible } from './seeds/frames.ts'
import { opcodes } from '../language/program.ts'
import { fitsUnits } from '../constraints/units.ts'
import { opcodeOf } from '../language/program.ts'
import { crossover, mutate, randomLeaf, randomTree } from './mutate.ts'
import type { Vocabulary } from '../language/vocabulary.ts'
import type { Composition, Stretch } from '../template/composition.ts'
import { writeOut } from '../constraints/inputs.ts'
import { applyPenalty } from '../constraints/physics.ts'
import { matchTemplate } from '../template/template-match.ts'

interface FittedParts {
  parts: Genome
  law: Genome
  loss: number
}

/** An unknown function whose place in the law can be filled from a library of small formulas of its arguments. */
export interface Fillable {
  completion: Completion
  /** The columns of its arguments, in order */
  columns: readonly number[]
}

/**
 * The search for the unknown functions of a template: an individual is one formula for each function. A step varies one function; the
 * score is that of the law that they form, with all constants fitted together.
 */
export class TemplateSearcher extends Searcher {
  private readonly composition: Composition
  /** Losses below this are rounding error. */
  private readonly floor: number
  private readonly vocabularies: readonly Vocabulary[]
  /** One for each function; null if it occurs twice or inside another one */
  private readonly fillable: readonly (Fillable | null)[]

  /** @param completionOf a library of formulas of the given columns */
  constructor(
    parts: SearcherParts,
    composition: Composition,
    floor: number,
    completionOf: (vocabulary: Vocabulary, columns: readonly number[]) => Completion
  ) {
    super(parts)
    const { vocabulary } = parts
    this.composition = composition
    this.floor = floor
    this.vocabularies = composition.template.functions.map(({ arity }) => ({ ...vocabulary, variables: arity }))
    this.fillable = this.vocabularies.map((each, at) => {
      const columns = composition.columnsOf(at)
      return columns && { completion: completionOf(each, [...new Set(columns)]), columns }
    })
  }

  override evaluate(genome: Genome, seen: SeenPolicy = 'skip'): Individual | null {
    const { composition } = this
    const parts = composition.folded(genome)
    const { law } = composition.compose(parts)
    const cost = this.costOf(law)
    if (!this.isAllowed(law, cost)) return null
    if (!this.seen.add(structureOf(parts)) && seen === 'skip') return null
    const stretches = this.stretchesOf(parts)
    if (!stretches) return null
    this.evaluations++
    let fit = this.firstFit(composition.stretch(parts, stretches), 8, 1e-3)
    if (!Number.isFinite(fit.loss)) return null
    const full = this.costOf(fit.law)
    // and laws that may enter the hall of fame are measured in 64 bits
    if (fit.loss < 1.2 * this.hallOfFame.lossAt(full)) fit = this.fitParts(fit.parts, 40, 1e-7)
    const least = this.offerShorter(fit, stretches, cost)
    const relaxed = composition.relax(fit.parts, stretches).parts
    return {
      genome: relaxed,
      complexity: cost,
      // a law that violates a constraint may lead to one that does not
      loss: Math.min(least, violationPenalty * fit.loss),
      scale: 1,
      offset: 0,
      birth: this.clock++
    }
  }

  /** Adds a scale and an offset to each function, if units and symmetries allow it; null if they allow neither. */
  private stretchesOf(parts: Genome): Stretch[] | null {
    const every = (scale: number | null, offset: number | null): Stretch[] =>
      this.vocabularies.map(() => ({ scale, offset }))
    const scale = this.allowed.has('*') ? 1 : null
    const offset = this.allowed.has('+') ? 0 : null
    for (const stretches of [every(scale, offset), every(scale, null), every(null, null)]) {
      const law = this.userOperators.expand(this.composition.compose(this.composition.stretch(parts, stretches)).law)
      if ((!this.units || fitsUnits(law, this.units, 'target')) && this.physics.allowsForm(law)) return stretches
    }
    return null
  }

  private fitParts(parts: Genome, iterations: number, tolerance: number): FittedParts {
    const { law } = this.composition.compose(parts)
    const loss = this.table.fit(law, 'plain', iterations, tolerance).plainLoss
    return { parts: this.composition.readBack(parts, law), law, loss }
  }

  private firstFit(parts: Genome, iterations: number, tolerance: number): FittedParts {
    const { law } = this.composition.compose(parts)
    const loss = this.table.firstFit(law, 'plain', iterations, tolerance).plainLoss
    return { parts: this.composition.readBack(parts, law), law, loss }
  }

  /** Offers the law and, if it is promising, shorter ones without needless constants. Returns the least loss, penalties included. */
  private offerShorter(fit: FittedParts, stretches: readonly Stretch[], cost: number): number {
    let least = this.offerParts(fit)
    if (!(fit.loss < this.hallOfFame.lossAt(cost))) return least
    let current = { fit, stretches }
    for (const which of ['offset', 'scale'] as const)
      for (let k = 0; k < stretches.length; k++) {
        if (current.stretches[k][which] === null) continue
        const relaxed = this.composition.relax(current.fit.parts, current.stretches)
        const shorter = relaxed.stretches.map((stretch, i) => (i === k ? { ...stretch, [which]: null } : stretch))
        const next = this.fitParts(this.composition.stretch(relaxed.parts, shorter), 20, 1e-6)
        if (!Number.isFinite(next.loss)) continue
        least = Math.min(least, this.offerParts(next))
        if (next.loss <= Math.max(1.0005 * current.fit.loss, this.floor)) current = { fit: next, stretches: shorter }
      }
    return least
  }

  private offerParts({ parts, law, loss }: FittedParts): number {
    const [factor] = this.physics.penaltyFactors(this.userOperators.expand(law), [{ scale: 1, offset: 0 }])
    const weighed = applyPenalty(loss, factor)
    this.offer(weighed, this.costOf(law), () => writeOut(law, this.inputs, this.userOperators), parts)
    return weighed
  }

  override *seeds(part: number, parts: number): Generator<Individual> {
    for (let k = part; k < 8; k += parts) {
      const random = new Random(k + 1)
      let best = this.evaluate(
        this.composition.withConstants(this.vocabularies.map((v) => randomLeaf(random, v))),
        'refit'
      )
      if (best) yield best
      // two passes over the functions; each is filled in beside the others
      for (let step = 0; step < 2 * this.fillable.length && best; step++) {
        const at = (k + step) % this.fillable.length
        const filled: Individual | null = this.fill(best, at, column(0), 0)
        if (!filled) continue
        yield filled
        best = filled
      }
      if (best) yield* this.within(best, k % this.fillable.length)
    }
  }

  /** Replaces one function by exp(X), log(X), sin(X)... or its negative, with the best X for the present other functions. */
  private *within(individual: Individual, at: number): Generator<Individual> {
    for (const op of this.vocabularies[at].unary.filter((code) => invertible.includes(code))) {
      const framed = join(op, column(0))
      for (const frame of [framed, join(opcodeOf('*'), literal(-1), framed)]) {
        const filled = this.fill(individual, at, frame, frame.ops.indexOf(opcodes.variable))
        if (filled) yield filled
      }
    }
  }

  override random(random: Random): Individual | null {
    return this.evaluate(
      this.composition.withConstants(this.vocabularies.map((v) => randomTree(random, v, 1 + random.integer(5))))
    )
  }

  override complexityOf({ genome }: Individual): number {
    return this.costOf(this.composition.compose(genome).law)
  }

  override fromMember(member: HallMember): Individual | null {
    return member.parts && this.composition.accepts(member.parts) ? this.evaluate(member.parts, 'refit') : null
  }

  override fromExpression(law: Expression): Individual | null {
    const parts = matchTemplate(this.composition.template, law)
    return parts && this.evaluate(this.composition.partsOf(parts), 'refit')
  }

  override completed(random: Random, parent: Individual): Individual | null {
    const at = random.integer(this.fillable.length)
    const part = this.composition.split(parent.genome)[at]
    return this.fill(parent, at, part, random.integer(part.ops.length))
  }

  /**
   * The best of several laws in which one function is `frame` with one place filled from the library, while everything else is as
   * fitted with the parent's function.
   */
  private fill(parent: Individual, at: number, frame: Genome, node: number): Individual | null {
    const fillable = this.fillable[at]
    const stretches = this.stretchesOf(parent.genome)
    if (!fillable || !stretches) return null
    const { composition } = this
    const fit = this.firstFit(composition.stretch(parent.genome, stretches), 6, 1e-3)
    const others = composition.split(fit.parts)
    const { law, origin } = composition.compose(composition.join(others.with(at, frame)))
    const start = others.slice(0, at).reduce((sum, { ops }) => sum + ops.length, 0)
    const bare = composition.split(composition.relax(fit.parts, stretches).parts)
    const place = { node: origin.indexOf(start + node), scale: 1, offset: 0 }
    let best: Individual | null = null
    for (const piece of fillable.completion.pieces(law, place, 2)) {
      const filling = inArguments(piece, fillable.columns)
      const child = filling && this.evaluate(composition.join(bare.with(at, replaceAt(frame, node, filling))))
      if (child && (!best || child.loss < best.loss)) best = child
    }
    return best
  }

  override vary(random: Random, a: Individual, b: Individual): Individual | null {
    const parts = this.composition.split(a.genome)
    const other = this.composition.split(b.genome)
    for (let attempt = 0; attempt < 8; attempt++) {
      const at = random.integer(this.vocabularies.length)
      const kind = random.uniform()
      const changed =
        kind < 0.1
          ? other[at]
          : kind < 0.25
            ? crossover(random, parts[at], other[at])
            : mutate(random, this.vocabularies[at], parts[at])
      const child = this.evaluate(this.composition.join(parts.with(at, changed)))
      if (child) return child
    }
    return null
  }
}

/** A formula of columns rewritten for a function's arguments; null if it contains other columns. */
function inArguments(piece: Genome, columns: readonly number[]): Genome | null {
  const args = piece.args.map((arg, i) => (piece.ops[i] === opcodes.variable ? columns.indexOf(arg) : arg))
  return args.some((arg, i) => piece.ops[i] === opcodes.variable && arg < 0) ? null : { ops: piece.ops, args }
}
