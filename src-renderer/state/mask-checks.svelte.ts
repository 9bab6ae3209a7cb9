import type { Client, RunConfig, SplitPreview } from '../../src-shared/contract.ts'
import { isCancelled, sentence } from './client.ts'
import { decodeColumns, type ColumnValues } from './columns.svelte.ts'
import type { Connection } from './connection.svelte.ts'

/** How many halos a mask expression holds for, or why it cannot be evaluated */
export interface MaskCheck {
  state: 'empty' | 'good' | 'bad'
  halos: number
  problem: string | null
}

/** The sets that a run with the draft's settings would use */
export interface DraftSplit {
  preview: SplitPreview | null
  /** Of each halo, as in set-codes.ts */
  codes: ColumnValues | null
  problem: string | null
}

const empty: MaskCheck = { state: 'empty', halos: 0, problem: null }
const noSplit: DraftSplit = { preview: null, codes: null, problem: null }
const delay = 250

/** The draft's mask expressions and the sets they make, checked by the service shortly after each change. */
export class MaskChecks {
  ood = $state.raw<MaskCheck>(empty)
  test = $state.raw<MaskCheck>(empty)
  split = $state.raw<DraftSplit>(noSplit)
  private timer: ReturnType<typeof setTimeout> | undefined
  private generation = 0
  private readonly connection: Connection

  readonly bad: boolean = $derived(this.ood.state === 'bad' || this.test.state === 'bad')

  constructor(connection: Connection) {
    this.connection = connection
  }

  update({ ood, test, target, seed }: RunConfig): void {
    clearTimeout(this.timer)
    const generation = ++this.generation
    this.timer = setTimeout(async () => {
      const { client } = this.connection
      const checks = await Promise.all([ood, test].map((mask) => checkMask(client, mask ?? '', target)))
      const sound = checks.every(({ state }) => state !== 'bad') && Number.isInteger(seed)
      const split = sound ? await previewSplit(client, { ood, test, target, seed }) : noSplit
      if (generation !== this.generation) return
      ;[this.ood, this.test] = checks
      this.split = split
    }, delay)
  }
}

/** Evaluates an expression over the catalog in the service; never rejects. */
async function checkMask(client: Client, expression: string, target: string): Promise<MaskCheck> {
  if (!expression.trim()) return empty
  try {
    const mask = decodeColumns(await client.call('mask.evaluate', { expression, target })).get('mask')
    if (!mask) throw new Error('The service sent no mask; edit the expression to try again.')
    let halos = 0
    for (const inside of mask) halos += inside ? 1 : 0
    return { state: 'good', halos, problem: null }
  } catch (error) {
    return isCancelled(error) ? empty : { state: 'bad', halos: 0, problem: sentence(error) }
  }
}

/** Splits the catalog in the service as a run would; never rejects. */
async function previewSplit(
  client: Client,
  settings: Pick<RunConfig, 'ood' | 'test' | 'target' | 'seed'>
): Promise<DraftSplit> {
  try {
    const [preview, sets] = await Promise.all([
      client.call('split.preview', settings),
      client.call('split.sets', settings)
    ])
    return { preview, codes: decodeColumns(sets).get('set') ?? null, problem: null }
  } catch (error) {
    return isCancelled(error) ? noSplit : { ...noSplit, problem: sentence(error) }
  }
}
