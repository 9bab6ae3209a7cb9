import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BoxSize } from '../../../../src-shared/contract/box.ts'
import { describeLaw, describeFront } from '../../../../src-main/law/text/describe-law.ts'
import { evaluateLaw } from '../../../../src-main/law/fit/evaluate-law.ts'
import { lawOf } from '../../../../src-main/law/graph-law.ts'
import type { GraphLaw } from '../../../../src-main/law/graph-law.ts'
import { buildNeighbours } from '../../../../src-main/graph/neighbours.ts'
import { needs } from '../../../fixtures/needs.ts'
import { aNumpyPython, numpyPython, python } from '../../../fixtures/python.ts'
import { everyHalo, randomCatalog } from '../scene.ts'

const constants = { C1: -0.4, C2: 3, C3: -0.1, C4: 0.3, C5: 1.2, C6: 0.05, C7: 6 }
const withMass = lawOf(['(C4 + M_j) / (C5 + (C6*r)^C7)'], 'C1 + e / (C2 + C3*M_i)', constants)
const everything = lawOf(
  ['M_j*v_j*exp(-C6*r) + v_ij*cos_i', 'M_i*v_r - cos_j', '3'],
  'C1 + C2*e1 + tanh(e2)*v_i + if(M_i > C4, e3, 0)/100',
  constants
)

test('text and LaTeX read as one law', () => {
  const { text, latex, message, node } = describeLaw(withMass, 50, 500)
  expect(node).toBe('-0.4 + e / (3 - 0.1 * M_i)')
  expect(message).toBe('(0.3 + M_j) / (1.2 + (0.05 * r) ^ 6)')
  expect(text).toBe(`delta = ${node}, e = sum(${message} for r < 50)`)
  expect(latex).toBe(
    '\\hat{\\delta}_{i} = -0.4 + \\frac{e_{i}}{3 - 0.1 \\, M_{i}}, \\quad e_{i} = \\sum_{j:\\, r < 50} \\frac{0.3 + M_{j}}{1.2 + \\left(0.05 \\, r\\right)^{6}}'
  )
  expect(describeLaw(everything, 50, 500).latex).toContain('\\tanh\\left(e_{2,i}\\right)')
})

test('a front of laws carries scores from each to the next', () => {
  const constant = lawOf([], 'C1', { C1: 0.25 })
  const front = describeFront(
    [
      { formula: constant, complexity: 1, trainMae: 0.4 },
      { formula: withMass, complexity: 22, trainMae: 0.1 }
    ],
    50,
    500
  )
  expect(front.map(({ complexity, loss, text }) => [complexity, loss, text.slice(0, 12)])).toEqual([
    [1, 0.4, 'delta = 0.25'],
    [22, 0.1, 'delta = -0.4']
  ])
  expect(front[0].score).toBe(0)
  expect(front[1].score).toBeCloseTo(Math.log(4) / 21)
})

/** Laws in a cube and in a cuboid. */
const inBoxes = [withMass, everything, lawOf([], 'C1', { C1: 0.25 })].flatMap((formula): [GraphLaw, BoxSize][] => [
  [formula, 100],
  [formula, [100, 64, 170]]
])

needs(numpyPython !== undefined, aNumpyPython)('the Python function gives the same predictions', async () => {
  for (const [formula, box] of inBoxes) {
    const catalog = randomCatalog(150, box, 3)
    const neighbours = buildNeighbours(catalog, 30)
    const { python: source } = describeLaw(formula, 30, box)
    const expected = await evaluateLaw(formula, { catalog, neighbours }, everyHalo(catalog))
    const { vx, vy, vz } = catalog.velocity!
    const input = {
      position: Array.from(catalog.x, (x, halo) => [x, catalog.y[halo], catalog.z[halo]]),
      mass: [...catalog.mass!],
      velocity: Array.from(vx, (v, halo) => [v, vy[halo], vz[halo]])
    }
    const script = `${source}
import json, sys, inspect
data = json.load(sys.stdin)
names = inspect.signature(overdensity).parameters
print(json.dumps(list(overdensity(**{k: np.array(v) for k, v in data.items() if k in names}))))`
    const run = spawnSync(numpyPython!, ['-c', script], { input: JSON.stringify(input), encoding: 'utf8' })
    expect(run.stderr).toBe('')
    const values = JSON.parse(run.stdout) as number[]
    values.forEach((value, halo) =>
      expect(Math.abs(value - expected[halo])).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)))
    )
  }
})

needs(python !== undefined, 'one Python with NumPy and SymPy; HALOLAW_PYTHON may name one')(
  'the SymPy law has the values of the NumPy function',
  () => {
    const { x, y, z, mass, velocity } = randomCatalog(12, 40, 3)
    const { vx, vy, vz } = velocity!
    const data = {
      position: Array.from(x, (_, halo) => [x[halo], y[halo], z[halo]]),
      mass: [...mass!],
      velocity: Array.from(vx, (_, halo) => [vx[halo], vy[halo], vz[halo]])
    }
    const between = ['if(v_i > e1, 1, 2)', 'e2 + erf(v_i)', 'min(M_i, v_i)'].map((node) =>
      lawOf(['log10(M_j + M_i) / (1 + r)', 'if(r > 8, clamp(v_r, -1, 1), step(cos_i))'], `${node} + e1`, constants)
    )
    const formulas = [withMass, everything, ...between, lawOf([], 'C1', { C1: 0.25 })]
    const laws = formulas.map((formula) => describeLaw(formula, 30, null)).map(({ python, sympy }) => [python, sympy])
    const script = `
import inspect, json, math, sys
import numpy as np, sympy as sp
data, laws = json.load(sys.stdin)
data = {name: np.array(values) for name, values in data.items()}
np.seterr(all="ignore")
size = len(data["mass"])
d = data["position"][None] - data["position"][:, None]
w = data["velocity"] / 1000
separation, speed = np.linalg.norm(d, axis=2), np.linalg.norm(w, axis=1)
relative = w[None] - w[:, None]
neighbours = [[k for k in range(size) if k != h and separation[h, k] < 30] for h in range(size)]
arrays = {
    "M": data["mass"] / 1e14, "v": speed, "r": separation, "v_ij": np.linalg.norm(relative, axis=2),
    "v_r": (relative * d).sum(axis=2) / separation,
    "cos_i": np.einsum("ijk,ik->ij", d, w) / (speed[:, None] * separation),
    "cos_j": np.einsum("ijk,jk->ij", d, w) / (speed[None] * separation),
    "count": np.array([len(row) for row in neighbours]),
    "near": np.array([(row + size * [0])[:size] for row in neighbours]),
}
def both(python, sympy):
    law = {}
    exec(python + sympy, law)
    names = inspect.signature(law["overdensity"]).parameters
    expected = law["overdensity"](**{name: values for name, values in data.items() if name in names})
    bases = [name for name in arrays if isinstance(law.get(name), sp.IndexedBase)]
    f = sp.lambdify([law["i"], *[law[name] for name in bases]], law["delta"], [{"erf": math.erf}, "numpy"])
    return [[float(f(h, *[arrays[name] for name in bases])), expected[h]] for h in range(size)]
print(json.dumps([both(*law) for law in laws]))`
    const run = spawnSync(python!, ['-c', script], { input: JSON.stringify([data, laws]), encoding: 'utf8' })
    expect(run.stderr).toBe('')
    const values = JSON.parse(run.stdout) as [number, number][][]
    values.forEach((pairs, k) => {
      for (const [value, expected] of pairs)
        expect(Math.abs(value - expected), laws[k][1]).toBeLessThan(1e-12 * (1 + Math.abs(expected)))
    })
  },
  60_000
)

test('the C function compiles without a warning and gives the same predictions', async () => {
  const list = (values: Iterable<number>): string => `{${[...values].join(', ')}}`
  const triples = (x: Float32Array, y: Float32Array, z: Float32Array): number[] =>
    [...x].flatMap((value, halo) => [value, y[halo], z[halo]])
  const folder = mkdtempSync(join(tmpdir(), 'halolaw-law-'))
  try {
    for (const [formula, box] of inBoxes) {
      const catalog = randomCatalog(60, box, 3)
      const neighbours = buildNeighbours(catalog, 30)
      const { vx, vy, vz } = catalog.velocity!
      const expected = await evaluateLaw(formula, { catalog, neighbours }, everyHalo(catalog))
      const source = join(folder, 'law.c')
      writeFileSync(
        source,
        `${describeLaw(formula, 30, box).c}
#include <stdio.h>
static const double position[] = ${list(triples(catalog.x, catalog.y, catalog.z))};
static const double mass[] = ${list(catalog.mass!)};
static const double velocity[] = ${list(triples(vx, vy, vz))};
${typeof box === 'number' ? '' : `static const double sides[3] = ${list(box)};`}
int main(void) {
  double delta[60];
  overdensity(60, position, mass, velocity, ${typeof box === 'number' ? '100.0' : 'sides'}, 30.0, delta);
  for (int i = 0; i < 60; i++) printf("%.17g\\n", delta[i]);
  return 0;
}`
      )
      const program = join(folder, 'law')
      execFileSync(process.env.CC ?? 'cc', ['-std=c99', '-Wall', '-Wextra', '-Werror', source, '-o', program, '-lm'])
      const values = execFileSync(program, { encoding: 'utf8' }).trim().split('\n').map(Number)
      values.forEach((value, halo) =>
        expect(Math.abs(value - expected[halo])).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)))
      )
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the Julia function is complete: every block ends, and its arguments are all there', () => {
  const julia = describeLaw(everything, 30, 100).julia!
  expect(julia).toContain('function overdensity(position, mass, velocity; box_size=100, radius=30)')
  const lines = julia.split('\n').map((line) => line.trim())
  const opened = lines.filter((line) => /^(function|for)\b/.test(line)).length
  expect(lines.filter((line) => line === 'end')).toHaveLength(opened)
  for (const name of ['M_i', 'v_i', 'M_j', 'v_j', 'v_ij', 'v_r', 'cos_i', 'cos_j'])
    expect(lines.some((line) => line.startsWith(`${name} = `))).toBe(true)
  expect(describeLaw(lawOf([], 'C1', { C1: 0.25 }), 30, null).julia).toContain(
    'overdensity(position; box_size=0, radius=30)'
  )
  const inCuboid = describeLaw(everything, 30, [100, 64, 170]).julia!
  expect(inCuboid).toContain('box_size=(100, 64, 170), radius=30)')
  expect(inCuboid).toContain('all(box_size .> 0) && (d .-= box_size .* round.(d ./ box_size))')
})
