import { expect, test } from 'vitest'
import { readLawPattern } from '../../../../src-main/law/text/law-pattern.ts'
import { parseLaw } from '../../../../src-main/law/text/parse-law.ts'
import { placeMarks } from '../../../../src-renderer/formula/front.ts'
import { blockCounts, nextOrder, withBlock } from '../../../../src-renderer/formula/law-patterns.ts'
import { reportedLaws } from '../../../../src-renderer/state/models.ts'
import type { FrontEntry, ModelReport } from '../../../../src-shared/contract.ts'

const subject = (text: string) => ({ law: parseLaw(text, 50), complexity: 9, loss: 0.1, validationLoss: NaN })
const window = subject('delta = e, e = sum(M_j * tanh(r))')
const plain = subject('delta = e, e = sum(M_j * v_ij)')

test('a block narrows a pattern by one condition, whatever the pattern was', () => {
  expect(withBlock('', 'tanh(r)')).toBe('has tanh(r)')
  expect(withBlock(' has tanh(r) ', 'tanh(r)')).toBe('has tanh(r)')
  expect(withBlock('has M_j and has tanh(r) and loss < 1', 'tanh(r)')).toBe('has M_j and has tanh(r) and loss < 1')
  for (const before of ['', 'has M_j', 'has exp or has M_j', 'complexity < 30 and (has v_ij or has M_j)'])
    for (const law of [window, plain]) {
      const matched = before === '' || readLawPattern(before)(law)
      expect(readLawPattern(withBlock(before, 'tanh(r)'))(law)).toBe(matched && law === window)
      expect(readLawPattern(withBlock(before, 'tanh(r)', 'without'))(law)).toBe(matched && law === plain)
    }
})

test('blocks that can narrow the list come first, the most frequent ones ahead', () => {
  expect(blockCounts({ matches: 4, blocks: { r: 4, v_j: 1, M_j: 3, M_i: 3 } })).toEqual([
    { block: 'M_i', laws: 3, narrows: true },
    { block: 'M_j', laws: 3, narrows: true },
    { block: 'v_j', laws: 1, narrows: true },
    { block: 'r', laws: 4, narrows: false }
  ])
})

test('a column sorts up, then down, then not at all', () => {
  const up = nextOrder(null, 'loss')
  expect(up).toEqual({ by: 'loss', direction: 'ascending' })
  const down = nextOrder(up, 'loss')
  expect(down).toEqual({ by: 'loss', direction: 'descending' })
  expect(nextOrder(down, 'loss')).toBeNull()
  expect(nextOrder(down, 'test')).toEqual({ by: 'test', direction: 'ascending' })
})

test('laws are marked on the front at their complexity; those of one complexity are one mark', () => {
  const entry = (complexity: number, loss: number): FrontEntry => ({
    complexity,
    loss,
    score: 0,
    text: '',
    latex: '',
    python: ''
  })
  const mark = (complexity: number, word: string) => ({ complexity, loss: 0.5, word, note: `${word}.` })
  expect(placeMarks([entry(3, 0.2), entry(9, 0.1)], [mark(9, 'short'), mark(9, 'simplest'), mark(12, 'best')])).toEqual(
    [
      { complexity: 9, loss: 0.1, word: 'short, simplest', note: 'short. simplest.', index: 1 },
      { complexity: 12, loss: 0.5, word: 'best', note: 'best.', index: -1 }
    ]
  )
})

test('a run reports its laws from the shortest, an older run one', () => {
  const model = (id: ModelReport['id'], complexity?: number) => ({ id, complexity }) as ModelReport
  const ids = (...models: ModelReport[]) => reportedLaws({ models }).map(({ id }) => id)
  expect(ids(model('gnn'), model('formula', 44), model('formula-best', 46), model('formula-short', 21))).toEqual([
    'formula-short',
    'formula',
    'formula-best'
  ])
  expect(ids(model('with-mass', 22), model('formula', 21))).toEqual(['formula'])
  expect(reportedLaws(null)).toEqual([])
})
