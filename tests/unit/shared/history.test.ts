import fc from 'fast-check'
import Papa from 'papaparse'
import { expect, test } from 'vitest'
import type { EpochRecord } from '../../../src-shared/contract.ts'
import { historyCsv, historyJson } from '../../../src-shared/history.ts'

const records = fc.array(
  fc.record({
    epoch: fc.nat(),
    trainLoss: fc.double(),
    validationMae: fc.double(),
    learningRate: fc.double(),
    seconds: fc.double(),
    messageStd: fc.array(fc.double(), { maxLength: 4 })
  }),
  { minLength: 1, maxLength: 6 }
)

/** As a reader of CSV sees a number: what is not finite is missing, and -0 is 0. */
const read = (text: string | undefined): number => (text === '' || text === undefined ? NaN : Number(text))
const written = (value: number): number => (Number.isFinite(value) ? value + 0 : NaN)

test('every number of every epoch comes back from CSV and JSON', () => {
  fc.assert(
    fc.property(records, (epochs: EpochRecord[]) => {
      const { data, meta, errors } = Papa.parse<Record<string, string>>(historyCsv(epochs).trimEnd(), { header: true })
      expect(errors).toEqual([])
      expect(meta.fields?.slice(0, 5)).toEqual(['epoch', 'train_loss', 'validation_mae', 'learning_rate', 'seconds'])
      expect(data).toHaveLength(epochs.length)
      const widest = Math.max(...epochs.map(({ messageStd }) => messageStd.length))
      expect(meta.fields).toHaveLength(5 + widest)
      const parsed = JSON.parse(historyJson(epochs)) as EpochRecord[]
      epochs.forEach((record, n) => {
        expect(read(data[n].train_loss)).toBe(written(record.trainLoss))
        expect(read(data[n].epoch)).toBe(record.epoch)
        for (let d = 0; d < widest; d++)
          expect(read(data[n][`message_std_${d + 1}`])).toBe(written(record.messageStd[d] ?? NaN))
        expect(parsed[n].validationMae).toBe(
          Number.isFinite(record.validationMae) ? written(record.validationMae) : null
        )
      })
    })
  )
})
