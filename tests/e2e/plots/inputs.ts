import type { AblationEntry, EpochRecord, FrontEntry, ModelReport, RunResult } from '../../../src-shared/contract.ts'

/** Inputs whose pictures are known: what the plots show of them can be said without looking. */
export const epochs: EpochRecord[] = Array.from({ length: 8 }, (_, index) => ({
  epoch: index + 1,
  trainLoss: 1 / (index + 1),
  // Least at epoch 7
  validationMae: 0.06 + 0.01 * Math.abs(index - 6),
  learningRate: 1e-3 * (1 - index / 8),
  seconds: 10 * (index + 1),
  messageStd: [0.2 / (index + 1), 1, 0.1 / (index + 1), 0]
}))

const entry = (complexity: number, loss: number, score: number, latex: string, text: string): FrontEntry => ({
  complexity,
  loss,
  score,
  latex,
  text,
  python: text.replaceAll('^', '**')
})
export const messageFront = [
  entry(1, 0.4, 0, '0.31', '0.31'),
  entry(3, 0.3, 0.14, '\\frac{M_{j}}{r}', 'M_j / r'),
  entry(5, 0.03, 1.15, '\\frac{M_{j}}{r^{2}}', 'M_j / r^2'),
  entry(9, 0.029, 0.01, '\\frac{M_{j}}{r^{2}} + \\not\\a\\law', 'M_j / r^2 + 1')
]

const model = (id: ModelReport['id'], train: number, test: number, ood: number | undefined): ModelReport => ({
  id,
  mae: { train, test, ...(ood === undefined ? {} : { ood }) },
  ci95: { train: [train - 0.001, train + 0.001], test: [test - 0.0023, test + 0.0023] },
  parameters: 7,
  complexity: 20,
  text: id
})

export const result: RunResult = {
  catalog: { path: '/halos.h5', halos: 400, boxSize: 500, edges: 6000 },
  split: { train: 200, test: 150, ood: 50 },
  engine: 'cpu',
  models: [
    model('constant', 0.28, 0.29, 1.14),
    model('with-mass', 0.0604, 0.0588, undefined),
    model('gnn', 0.0512, 0.0541, 0.187),
    {
      ...model('formula', 0.0591, 0.0569, 0.114),
      constants: [
        { name: 'C1', value: -0.4061, standardError: 0.0021 },
        { name: 'C2', value: 3.458, standardError: 0.12 }
      ],
      warnings: ['The denominator is zero at M_i = 31.']
    }
  ],
  messages: { std: [0.025, 1, 0.0125, 0] },
  formula: {
    message: 'M_j / r^2',
    node: '-0.4061 + 3.458 * e',
    text: 'delta = -0.4061 + 3.458 * e, e = sum(M_j / r^2 for r < 50)',
    latex: '\\hat{\\delta}_{i} = -0.4061 + 3.458 \\, e_{i}, \\quad e_{i} = \\sum_{j:\\, r < 50} \\frac{M_{j}}{r^{2}}',
    python: 'np.nan'
  },
  timings: { load: 1, graph: 1, train: 1, symbolic: 1, refit: 1, total: 5 },
  peakRssMB: 300,
  gnnMinusFormula: {
    test: { difference: -0.0028, ci95: [-0.0037, -0.0019] },
    ood: { difference: 0.073, ci95: [0.069, 0.077] }
  }
}

const count = 400
const truth = Float32Array.from({ length: count }, (_, row) => row / (count - 1))
export const halos = {
  truth,
  sets: Uint8Array.from({ length: count }, (_, row) => row % 2),
  // The network is off by a constant, the formula is exact.
  network: truth.map((value) => value + 0.1),
  formula: truth
}

const ablated = (feature: string, gain: number, half: number, without = [feature]): AblationEntry => ({
  feature,
  without,
  mae: { test: 0.0541 + gain },
  ci95: { test: [0.0541 + gain - half, 0.0541 + gain + half] },
  difference: { test: { difference: gain, ci95: [gain - half, gain + half] } }
})
export const ablation = [
  ablated('all of mass', 0.0312, 0.0011, ['log_mass_j', 'mass_j']),
  ablated('log_mass_j', 0.0018, 0.0004),
  ablated('v_r', 0.0001, 0.0003)
]
