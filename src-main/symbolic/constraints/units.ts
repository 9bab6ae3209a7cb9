import { badInput } from '../../../src-shared/errors.ts'
import { operatorNames, type Expression } from '../language/expression.ts'
import { arityOf, type Genome } from '../language/genome.ts'
import { parse } from '../language/parse.ts'
import { opcodes } from '../language/program.ts'

/** Powers of base units, in the order of `UnitSystem.bases`. */
export type Dimensions = readonly number[]

/** The units of a table's columns and target as powers of the base units that occur in them. */
export interface UnitSystem {
  bases: string[]
  /** One for each variable; null: unknown, fits anywhere */
  variables: (Dimensions | null)[]
  target: Dimensions | null
  /** Whether a constant may have any unit (default) or is a plain number. */
  constants?: 'any' | 'plain'
}

type Powers = Map<string, number>

const plain = new Set(['rad', 'deg', 'sr', 'percent', 'dex', 'mag', 'dimensionless'])
/** Derived units of the SI, in base units. */
const derived: Record<string, string> = {
  N: 'kg*m/s^2',
  J: 'kg*m^2/s^2',
  W: 'kg*m^2/s^3',
  Pa: 'kg/(m*s^2)',
  Hz: '1/s',
  C: 'A*s',
  V: 'kg*m^2/(A*s^3)',
  T: 'kg/(A*s^2)'
}

/**
 * Reads units such as `km/s`, `kg*m^2/s^2`, `Msun/h`, `1`; every name is a separate base unit (km and m are different), except derived
 * SI units, and angles, which are plain numbers.
 * @throws HalolawError `bad-input` naming the column whose unit is not a product of powers.
 */
export function readUnits(
  units: Readonly<Record<string, string>>,
  variables: readonly string[],
  target: string
): UnitSystem {
  for (const name of Object.keys(units))
    if (name !== target && !variables.includes(name))
      throw badInput(
        `A unit is given for "${name}", which is neither a variable nor the target; remove that unit, or mend its name.`
      )
  const powersOf = (name: string): Powers | null => (Object.hasOwn(units, name) ? readUnit(units[name], name) : null)
  const all = [...variables, target].map(powersOf)
  const bases = [...new Set(all.flatMap((powers) => [...(powers?.keys() ?? [])]))].sort()
  const dimensions = all.map((powers) => powers && bases.map((base) => powers.get(base) ?? 0))
  return { bases, variables: dimensions.slice(0, -1), target: dimensions.at(-1)! }
}

function readUnit(text: string, column: string): Powers {
  const fail = (): never => {
    throw badInput(
      `The unit "${text}" of column "${column}" cannot be read; write a product of powers such as "kg*m/s^2".`
    )
  }
  const times = (a: Powers, b: Powers, sign: number): Powers => {
    const out = new Map(a)
    for (const [base, power] of b) out.set(base, (out.get(base) ?? 0) + sign * power)
    return out
  }
  const read = (e: Expression): Powers => {
    if (e.kind === 'constant') return new Map()
    if (e.kind === 'variable') {
      if (plain.has(e.name.toLowerCase())) return new Map()
      return Object.hasOwn(derived, e.name) ? read(parse(derived[e.name])) : new Map([[e.name, 1]])
    }
    const [a, b] = e.args
    if (e.op === '*') return times(read(a), read(b), 1)
    if (e.op === '/') return times(read(a), read(b), -1)
    if (e.op === 'sqrt') return new Map([...read(a)].map(([base, power]) => [base, power / 2]))
    if (e.op === '^' && b.kind === 'constant')
      return new Map([...read(a)].map(([base, power]) => [base, power * b.value]))
    return fail()
  }
  return text.trim() === '' ? new Map() : read(parse(text))
}

const any = null
type Known = Dimensions | typeof any

/** Whether a formula may have any consistent unit, or must have that of the target. */
export type UnitFit = 'any' | 'target'

/** False if `unitOf` finds a misfit; with `target`, also if the unit is not that of the target. */
export function fitsUnits(genome: Genome, system: UnitSystem, fit: UnitFit): boolean {
  const unit = unitOf(genome, system)
  return unit !== 'misfit' && (fit === 'any' || sameUnit(unit, system.target))
}

/** True if both have the same powers, or one is unknown. */
export function sameUnit(a: Known, b: Known): boolean {
  return a === any || b === any || a.every((power, k) => Math.abs(power - b[k]) < 1e-6)
}

/**
 * The formula's unit; null if it may be any; `misfit` if the formula adds or compares different units, or applies exp, log, sin... or
 * an exponent to something with a unit. Constants may have any unit (as in PySR), and so may their products, unless the system's
 * constants are plain numbers.
 */
export function unitOf(genome: Genome, system: UnitSystem): Dimensions | null | 'misfit' {
  const none = system.bases.map(() => 0)
  const ofConstant = system.constants === 'plain' ? none : any
  const scaled = (a: Known, factor: number): Known => (a === any ? any : a.map((power) => power * factor))
  const stack: Known[] = []
  for (let i = 0; i < genome.ops.length; i++) {
    const op = genome.ops[i]
    if (op === opcodes.variable) stack.push(system.variables[genome.args[i]])
    else if (op < opcodes.firstOperator) stack.push(ofConstant)
    if (op < opcodes.firstOperator) continue
    const args = stack.splice(stack.length - arityOf[op])
    const [a, b, c] = args
    switch (operatorNames[op - opcodes.firstOperator]) {
      case '+':
      case '-':
      case 'min':
      case 'max':
        if (!sameUnit(a, b)) return 'misfit'
        stack.push(a ?? b)
        break
      case '*':
        stack.push(a === any || b === any ? any : a.map((power, k) => power + b[k]))
        break
      case '/':
        stack.push(a === any || b === any ? any : a.map((power, k) => power - b[k]))
        break
      case '^': {
        if (!sameUnit(b, none)) return 'misfit'
        const exponent = genome.ops[i - 1]
        if (a !== any && sameUnit(a, none)) stack.push(none)
        else if (exponent === opcodes.constant || (exponent === opcodes.parameter && ofConstant !== any))
          stack.push(scaled(a, genome.args[i - 1]))
        else if (a === any || ofConstant === any) stack.push(any)
        else return 'misfit'
        break
      }
      case '>':
      case '<':
      case '>=':
      case '<=':
      case '==':
      case '!=':
        if (!sameUnit(a, b)) return 'misfit'
        stack.push(none)
        break
      case 'and':
      case 'or':
      case 'not':
      case 'step':
        stack.push(none)
        break
      case 'neg':
      case 'abs':
        stack.push(a)
        break
      case 'square':
        stack.push(scaled(a, 2))
        break
      case 'cube':
        stack.push(scaled(a, 3))
        break
      case 'sqrt':
        stack.push(scaled(a, 0.5))
        break
      case 'inv':
        stack.push(scaled(a, -1))
        break
      case 'if':
        if (!sameUnit(b, c)) return 'misfit'
        stack.push(b ?? c)
        break
      case 'clamp':
        if (!sameUnit(a, b) || !sameUnit(a, c)) return 'misfit'
        stack.push(a ?? b ?? c)
        break
      default:
        // exp, log, sin... take and return plain numbers
        if (!sameUnit(a, none)) return 'misfit'
        stack.push(none)
    }
  }
  return stack[0]
}
