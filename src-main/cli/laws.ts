import type { LawList } from '../../src-shared/contract.ts'
import { readLawPattern } from '../law/text/law-pattern.ts'
import { openProjectAside } from '../project/project.ts'
import { readKeptLaws } from '../law/search/kept-laws.ts'
import { noKeptLaws, queryLaws, type SearchedLaws } from '../run/laws/query-laws.ts'
import { namesFrom, numberFrom, threadsFrom } from './arguments.ts'
import { defineCommand } from './command.ts'
import { exhaust } from './exhaust.ts'
import { runOf } from './finished-run.ts'
import { figure, print, printJson, printTable } from './output.ts'

export const laws = defineCommand({
  name: 'laws',
  summary: 'lists the laws that a run fitted, by pattern, complexity and error',
  arguments: ['PROJECT'],
  options: {
    '--run ID': 'run of the project, e.g. r2; default: the last finished run',
    '--where PATTERN':
      'laws to list, e.g. "has tanh(r) and not v_ij and complexity <= 30": variables, functions, functions of variables, and comparisons of complexity, constants, sums, loss and validation',
    '--top N': 'at most N laws, those of least error first; default 30, with --json all',
    '--exhaust N':
      'fits every law of one sum whose message and node function have together a complexity up to N, and says what none of them beats; continues where it was interrupted',
    '--variables a,b': 'with --exhaust: variables of the laws, e.g. M_i,M_j,r; default: all that the catalog has',
    '--operators a,b': 'with --exhaust: operators of the laws, e.g. +,-,*,/,tanh; default: +,-,*,/,^,exp,log,tanh',
    '--yes': 'with --exhaust: begins although it takes long',
    '--threads N': 'with --exhaust; default: all cores',
    '--json':
      'prints {laws: [{complexity, constants, loss, validationLoss, mae: {train, test, ood}, text, latex, form, fit}], matches, fitted, blocks}, or with --exhaust {laws: [{complexity, loss, constants, text}], exhausted: {complexity, count, halos, best}}, on stdout'
  },
  notes:
    'Laws are sorted by validation error, then by the error of their fit. Validation error and the errors by set are measured for the front, the laws close to it and the best of each number of constants. A law whose fit could not reach the front was fitted in part.',

  async run(values, positionals) {
    const pattern = values.where === undefined ? undefined : readLawPattern(values.where)
    const top = numberFrom('top', values.top, { integer: true, least: 1 }) ?? (values.json ? undefined : 30)
    const most = numberFrom('exhaust', values.exhaust, { integer: true, least: 2, most: 30 })
    if (most !== undefined) {
      const request = {
        most,
        variables: namesFrom(values.variables) ?? undefined,
        operators: namesFrom(values.operators) ?? undefined,
        agreed: values.yes ?? false
      }
      return exhaust(positionals[0], {
        run: values.run,
        request,
        threads: threadsFrom(values.threads),
        json: values.json ?? false
      })
    }
    const list = queryLaws(await keptLawsOf(positionals[0], values.run), { pattern, top })
    if (values.json) printJson(list)
    else printLaws(list)
  }
})

async function keptLawsOf(path: string, runId: string | undefined): Promise<SearchedLaws> {
  const project = await openProjectAside(path, 'read')
  try {
    const run = runOf(project, path, runId)
    const laws = project.runs.keptLaws(run.id)
    if (!laws) throw noKeptLaws(run)
    return { laws: [...readKeptLaws(laws)], config: run.config, boxSize: run.result?.catalog.boxSize ?? null }
  } finally {
    project.close()
  }
}

function printLaws({ laws, matches, fitted, blocks }: LawList): void {
  print(`${matches} of ${fitted} laws match${laws.length < matches ? `; the best ${laws.length}:` : ':'}`)
  printTable([
    ['complexity', 'constants', 'loss', 'validation', 'train', 'test', 'ood', 'law'],
    ...laws.map(({ complexity, constants, loss, validationLoss, mae, text }) => [
      `${complexity}`,
      `${constants.length}`,
      figure(loss),
      figure(validationLoss ?? undefined),
      figure(mae.train),
      figure(mae.test),
      figure(mae.ood),
      text
    ])
  ])
  const most = Object.entries(blocks).sort(([, a], [, b]) => b - a)
  print(
    `\nBuilding blocks: ${most
      .slice(0, 20)
      .map(([block, count]) => `${block} ${count}`)
      .join(', ')}`
  )
}
