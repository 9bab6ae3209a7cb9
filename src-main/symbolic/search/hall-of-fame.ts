import type { Genome } from '../language/genome.ts'
import type { Expression } from '../language/expression.ts'
import type { FrontMember } from './search-types.ts'

export interface HallMember {
  expression: Expression
  complexity: number
  /** As the search ranks it: multiplied by the penalty for each violation of physics */
  loss: number
  /** With a template: its functions and constants, see Composition */
  parts?: Genome
  /** Violated physics constraints; known at the end of the search */
  breaks?: string[]
}

/** The best formula of each complexity. */
export class HallOfFame {
  private readonly byComplexity = new Map<number, HallMember>()

  /** The least loss among formulas of at most this complexity. */
  lossAt(complexity: number): number {
    let least = Infinity
    for (const [c, member] of this.byComplexity) if (c <= complexity && member.loss < least) least = member.loss
    return least
  }

  /** Adds the member if its loss is below that of every formula no more complex. */
  offer(member: HallMember): boolean {
    if (!Number.isFinite(member.loss) || !(member.loss < this.lossAt(member.complexity))) return false
    this.byComplexity.set(member.complexity, member)
    return true
  }

  /** Measures the complexity of every member again. */
  reweigh(measure: (expression: Expression) => number): void {
    const members = [...this.byComplexity.values()].map((member) => ({
      ...member,
      complexity: measure(member.expression)
    }))
    this.byComplexity.clear()
    for (const member of members.sort((a, b) => a.complexity - b.complexity)) this.offer(member)
  }

  /** By complexity, each with less loss than the one before; with `floor`, by at least a thousandth, and only one below the floor. */
  front(floor?: number): HallMember[] {
    const sorted = [...this.byComplexity.values()].sort((a, b) => a.complexity - b.complexity)
    const front: HallMember[] = []
    for (const member of sorted) {
      const least = front.at(-1)?.loss ?? Infinity
      if (floor === undefined ? member.loss < least : member.loss < 0.999 * least && least > floor) front.push(member)
    }
    return front
  }
}

/** Scores each step of the front: -dlog(loss)/dcomplexity. Losses below `floor` (rounding error) count as `floor`. */
export function scoreFront(members: readonly HallMember[], floor: number): FrontMember[] {
  return members.map((member, k) => {
    const before = members[k - 1]
    if (!before) return { ...member, score: 0 }
    const gain = Math.log(Math.max(before.loss, floor)) - Math.log(Math.max(member.loss, floor))
    return { ...member, score: Math.max(0, gain) / (member.complexity - before.complexity) }
  })
}

/** PySR's choice: the highest score among those whose loss is within 1.5 times the least. */
export function bestOf<M extends FrontMember>(
  front: readonly M[],
  floor: number,
  lossOf: (member: M) => number = (member) => member.loss
): M {
  const losses = front.map((member) => Math.max(lossOf(member), floor))
  const least = Math.min(...losses)
  const near = front.filter((_, k) => losses[k] <= 1.5 * least)
  return near.reduce((best, member) => (member.score > best.score ? member : best))
}
