import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { projectRoot } from '../../../src-main/native.ts'

/** What native/reference/addon.cpp offers: the largest difference of each kernel from plain loops in double precision. */
interface Reference {
  compare(instructionSet: string): Record<string, number> | null
}

/** A build with sanitizers names itself and is complete; the usual one is brought up to date here. */
const sanitized = process.env.HALOLAW_NATIVE
const folder = sanitized ? dirname(sanitized) : join(projectRoot(), 'native', 'build')
let reference: Reference

beforeAll(() => {
  if (!sanitized) {
    const script = join(projectRoot(), 'scripts', 'build-native.mjs')
    const { status, stderr } = spawnSync(process.execPath, [script, '--reference'], { encoding: 'utf8' })
    expect(status, stderr).toBe(0)
  }
  reference = createRequire(import.meta.url)(join(folder, 'reference.node')) as Reference
}, 600_000)

const exact = [
  ...['!=', '<=', '==', '>=', 'greater', 'less', 'and', 'or', 'not', 'step', 'select', 'min', 'max', 'clamp', 'abs', 'neg'],
  ...['add', 'subtract', 'multiply', 'divide', 'inverse', 'square', 'cube', 'sqrt', 'tan', 'erf']
]
const withinTwoUnits = ['power', 'exp', 'log', 'log10', 'sin', 'cos', 'tanh', 'asin', 'acos', 'atan']

/**
 * The largest difference of each kernel that is right. Of operators it is in units in the last place, elsewhere in roundings
 * of the largest term, and for whole networks and sums a share of the result's size: native/reference has the scales.
 */
const limits: Record<string, number> = {
  ...Object.fromEntries(exact.map((name) => [`operator ${name}`, 0])),
  ...Object.fromEntries(withinTwoUnits.map((name) => [`operator ${name}`, 2])),
  ...Object.fromEntries([...exact, ...withinTwoUnits].map((name) => [`operator ${name} in single precision`, 2])),
  programs: 1e-9,
  derivatives: 1e-6,
  'jacobian values': 0,
  lossSum: 1,
  'lossSum in single precision': 1,
  lossSlopes: 1,
  'lossSlopes in single precision': 1,
  lineSums: 1,
  'lineSums in single precision': 1,
  normalEquations: 1,
  'normalEquations in single precision': 1,
  allFinite: 0,
  'allFinite in single precision': 0,
  correlate: 1,
  dots: 1,
  anyPairAbove: 0,
  'cellScan.count': 0,
  'cellScan.find': 0,
  'cellScan.find separations': 4,
  'pairColumns.fill': 0,
  'pairColumns.fill of speeds': 1,
  'pairColumns.gather': 0,
  'pairColumns.gather of speeds': 1,
  'pairColumns.widen': 1,
  'pairColumns.relativeSpeed': 1,
  'pairColumns.radialVelocity': 1,
  'pairColumns.receiverCosine': 1,
  'pairColumns.senderCosine': 1,
  'pairColumns.sum': 1,
  'pairColumns.shells': 1,
  product: 8,
  'product, relu': 8,
  'product, silu': 8,
  'product, slope of silu': 8,
  'product, where active': 8,
  'product, times slope': 8,
  pairInputs: 8,
  'pairInputs, sender': 0,
  addRows: 2,
  addParts: 2,
  addMoments: 2,
  'spread, times slope': 1,
  'spread, where active': 0,
  spreadWithPenalty: 1,
  'spreadWithPenalty, sum': 1,
  drawMessages: 8,
  drawnGradient: 2,
  'drawnGradient, divergence': 2,
  addDivergence: 2,
  adam: 2,
  'network, edges': 0,
  'network, gradient': 2e-5,
  'network, loss': 2e-6,
  'network, predictions': 2e-5,
  'network, sums': 2e-5,
  'network, moments': 2e-6
}

describe.each(['base', 'avx2', 'avx512'])('%s', (instructionSet) => {
  test('every kernel agrees with plain loops in double precision', ({ skip }) => {
    const differences = reference.compare(instructionSet)
    if (!differences) return skip('this processor lacks the instruction set')
    expect(Object.keys(differences).sort()).toEqual(Object.keys(limits).sort())
    const beyond = Object.entries(differences).filter(([kernel, difference]) => !(difference <= limits[kernel]))
    expect(beyond).toEqual([])
  }, 600_000)
})
