import type { SetName } from '../../src-shared/contract.ts'
import { decimalsFor } from '../parts/numbers.ts'
import {
  bestModel,
  inMethodOrder,
  modelLabel,
  presentSets,
  setLabels,
  type Comparison,
  type MeasuredModel
} from '../state/models.ts'

/** The comparison as a LaTeX table (booktabs): error with its 95 % interval, the best of each set bold. */
export function comparisonLatex(result: Comparison, target: string): string {
  const sets = presentSets(result)
  const best = new Map(sets.map((set) => [set, bestModel(result.models, set)]))
  const rows = inMethodOrder(result.models).map((model) => {
    const cells = sets.map((set) => latexCell(model, set, best.get(set) === model.id ? 'bold' : 'plain'))
    return `${escapeLatex(modelLabel(model.id))} & ${cells.join(' & ')} & ${model.parameters} & ${model.complexity ?? '--'} \\\\`
  })
  const difference = result.gnnMinusFormula
  const paired = sets.map((set) => {
    const entry = difference?.[set]
    if (!entry) return '--'
    const decimals = decimalsFor((entry.ci95[1] - entry.ci95[0]) / 2)
    const text = (value: number) => `${value > 0 ? '+' : ''}${plain(value, decimals)}`
    return `$${text(entry.difference)}_{${text(entry.ci95[0])}}^{${text(entry.ci95[1])}}$`
  })
  return [
    '% needs \\usepackage{booktabs}',
    '\\begin{table}',
    '  \\centering',
    `  \\caption{Mean absolute error in ${escapeLatex(target)}; sub- and superscripts give the 95\\,\\% bootstrap interval. ` +
      `${sets.map((set) => `${setLabels[set]}: ${result.split[set]} halos`).join('; ')}.}`,
    `  \\begin{tabular}{l${'c'.repeat(sets.length)}rr}`,
    '    \\toprule',
    `    Model & ${sets.map((set) => setLabels[set]).join(' & ')} & Parameters & Complexity \\\\`,
    '    \\midrule',
    ...rows.map((row) => `    ${row}`),
    ...(difference ? ['    \\midrule', `    Network $-$ formula, paired & ${paired.join(' & ')} & & \\\\`] : []),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    ''
  ].join('\n')
}

function latexCell(model: MeasuredModel, set: SetName, weight: 'bold' | 'plain'): string {
  const error = model.mae[set]
  if (error === undefined || !Number.isFinite(error)) return '--'
  const interval = model.ci95[set]
  const decimals = interval ? decimalsFor((interval[1] - interval[0]) / 2) : 4
  const value = plain(error, decimals)
  const cell = weight === 'bold' ? `\\mathbf{${value}}` : value
  return interval ? `$${cell}_{${plain(interval[0], decimals)}}^{${plain(interval[1], decimals)}}$` : `$${cell}$`
}

/** One row per model with all digits, for programs. RFC 4180. */
export function comparisonCsv(result: Comparison): string {
  const sets = presentSets(result)
  const header = [
    'model',
    ...sets.flatMap((set) => [`mae_${set}`, `low95_${set}`, `high95_${set}`]),
    'parameters',
    'complexity',
    'text'
  ]
  const rows = inMethodOrder(result.models).map((model) => [
    model.id,
    ...sets.flatMap((set) => [model.mae[set], model.ci95[set]?.[0], model.ci95[set]?.[1]]),
    model.parameters,
    model.complexity,
    model.text
  ])
  return [header, ...rows].map((row) => row.map(csvField).join(',')).join('\r\n') + '\r\n'
}

function csvField(value: string | number | undefined): string {
  const text = value === undefined || Number.isNaN(value) ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function plain(value: number, decimals: number): string {
  const text = value.toFixed(Math.min(20, Math.max(0, decimals)))
  return Number(text) === 0 ? text.replace('-', '') : text
}

const latexSpecials: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}'
}

function escapeLatex(text: string): string {
  return text.replace(/[\\~^&%$#_{}]/g, (character) => latexSpecials[character] ?? `\\${character}`)
}
