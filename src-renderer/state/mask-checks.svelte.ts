import type { Client, RunConfig, SplitPreview } from '../../src-shared/contract.ts'
import { isCancelled, sentence } from './client.ts'
import { decodeColumns, type ColumnValues } from './columns.svelte.ts'
import type { Connection } from './connection.svelte.ts'
import { maskProblem, splitProblem } from './readiness.ts'

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
  /** Whether the checks are those of the present settings */
  settled = $state(false)
  private timer: ReturnType<typeof setTimeout> | undefined
  private generation = 0
  private checked = ''
  private readonly connection: Connection

  readonly bad: boolean = $derived(this.ood.state === 'bad' || this.test.state === 'bad')
  /** Why a run cannot start with these masks, as a sentence */
  readonly problem: string | null = $derived(this.ood.problem ?? this.test.problem ?? this.split.problem)

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** @param extent `masks`: the sets cannot be made, because the target is missing */
  update(settings: RunConfig, halos: number, extent: 'split' | 'masks'): void {
    const { ood, test, target, seed, catalog, map, boxSize } = settings
    const key = JSON.stringify([ood, test, target, seed, catalog, map, boxSize, halos, extent])
    if (key === this.checked) return
    this.checked = key
    this.settled = false
    clearTimeout(this.timer)
    const generation = ++this.generation
    this.timer = setTimeout(async () => {
      const { client } = this.connection
      const checks = await Promise.all([ood, test].map((mask) => checkMask(client, mask ?? '', target, halos)))
      const sound = checks.every(({ state }) => state !== 'bad') && Number.isInteger(seed) && extent === 'split'
      const split = sound ? await previewSplit(client, { ood, test, target, seed }) : noSplit
      if (generation !== this.generation) return
      ;[this.ood, this.test] = checks
      this.split = split
      this.settled = true
    }, delay)
  }
}

/** 1 for each halo that an expression takes, evaluated by the service; rejects with its sentence. */
export async function requestMask(client: Client, expression: string, target: string): Promise<Uint8Array> {
  const mask = decodeColumns(await client.call('mask.evaluate', { expression, target })).get('mask')
  if (!mask) throw new Error('The service sent no mask; edit the expression to try again.')
  return Uint8Array.from(mask)
}

/** Evaluates an expression over the catalog in the service; never rejects. */
async function checkMask(client: Client, expression: string, target: string, halos: number): Promise<MaskCheck> {
  if (!expression.trim()) return empty
  try {
    const masked = (await requestMask(client, expression, target)).reduce((sum, inside) => sum + inside, 0)
    const problem = maskProblem(masked, halos)
    return { state: problem === null ? 'good' : 'bad', halos: masked, problem }
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
    const codes = decodeColumns(sets).get('set') ?? null
    return { preview, codes, problem: splitProblem(preview, settings.test) }
  } catch (error) {
    return isCancelled(error) ? noSplit : { ...noSplit, problem: sentence(error) }
  }
}
