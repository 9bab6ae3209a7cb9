import { access, constants, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { FrontEntry } from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import { exporterFor, fitTable, readSymmetry, type FitTableResult } from '../symbolic/index.ts'
import { choiceFrom, namesFrom, numberFrom, seedFrom, usage } from './arguments.ts'
import { defineCommand } from './command.ts'
import { interruptSignal } from './interrupt.ts'
import { duration, figure, print, printJson, printTable, ProgressLine } from './output.ts'
import { checkpointFile, checkpointFrom } from './search-file.ts'
import { searchOptions, searchRequestFrom } from './search-options.ts'
import { readColumns } from './table-columns.ts'
import { traceFile } from './trace-file.ts'

export const fit = defineCommand({
  name: 'fit',
  summary: 'finds formulas for one column of a table: symbolic regression',
  arguments: ['TABLE'],
  options: {
    '--target COLUMN': 'the column to find a formula for',
    '--variables a,b': "default: every other numeric column; names with blanks in backquotes: '`my mass`,r'",
    '--time SECONDS': 'default 60',
    '--operators "+ - * /"':
      'by name: + - * / ^ neg abs square cube sqrt inv exp log log10 sin cos tan tanh asin acos atan erf min max clamp step > < if; a formula is rejected if an operator leaves its domain (log of -1)',
    '--loss LOSS':
      'mse (default), mae, huber:DELTA, quantile:TAU, poisson (counts), or a formula of prediction and target, such as "log(1 + (prediction - target)^2)"',
    '--weights COLUMN': 'weight of each row',
    '--units FILE': 'JSON such as {"m": "kg", "v": "m/s"}: only formulas with consistent units are tried',
    '--units-of-constants any|plain': 'constants may carry any unit (default), or are pure numbers',
    '--symmetric a,b...': 'the law does not change when a and b are exchanged',
    '--antisymmetric a,b...': 'the law changes its sign when a and b are exchanged',
    '--even x...': 'the law does not change when x changes its sign',
    '--odd x...': 'the law changes its sign when x does',
    '--limit RULE...':
      'behaviour in a limit: "r -> inf: 0", "x -> 0: finite", "x -> inf: power -2", "r: decreasing", "m: increasing", "positive", "negative"',
    '--template LAW':
      'the law\'s structure, such as "f(r) * g(m_i) + c" or "f(x) - f(y)": unknown functions f, g, f1... of the arguments in their brackets, and fitted constants c, c1...',
    '--penalty N':
      'keeps formulas that violate units, symmetries or limits, and multiplies their loss by N for each violation',
    '--max-complexity N': 'most complex formula to try',
    '--guess FORMULA...':
      'a formula to start from; with a template the whole law, or its functions one by one: "f(u) = exp(-u), g = m_i^2, c = 1"',
    ...searchOptions,
    '--validation SHARE': 'share of rows held out of the search and used to choose among formulas; default 0.2',
    '--seeds N': 'searches with N seeds, each with the full time, and reports how often each form returns',
    '--seed N': 'seed of all random numbers; default 1',
    '--threads N': 'default: all cores',
    '--export FILE...':
      'writes the whole front: .tex (an aligned table), .py (NumPy), .sympy.py, .jl (Julia), .c, .json, .txt',
    '--json': 'prints one JSON object on stdout'
  },
  notes: `Ctrl+C (or SIGTERM) ends the search early: the formulas found so far are fitted, chosen from and reported as usual,
"interrupted" is true in the JSON, and the exit code is 0 (1 if there is no formula yet). A second Ctrl+C ends the
program at once.`,

  async run(values, positionals) {
    if (values.target === undefined)
      throw usage('"halolaw fit" needs --target COLUMN, the column to find a formula for.')
    // Reports an unwritable export before the search, not after it.
    const exports = (values.export ?? []).map((path) => ({ path, write: exporterFor(path) }))
    for (const { path } of exports) await checkExport(path, positionals[0])
    const resume = values.resume === undefined ? undefined : checkpointFrom(values.resume)
    const variables = namesFrom(values.variables)
    const line = new ProgressLine()
    const checkpoint =
      values.checkpoint === undefined ? undefined : checkpointFile(values.checkpoint, (sentence) => line.say(sentence))
    const threads = numberFrom('threads', values.threads, {
      integer: true,
      least: 1,
      most: Math.max(32, 4 * availableParallelism()),
      unit: `this machine has ${availableParallelism()} cores`
    })
    const required = [values.target, ...(variables ?? []), ...(values.weights === undefined ? [] : [values.weights])]
    const table = await readColumns(positionals[0], required, variables === undefined ? 'all' : 'required')
    const request = {
      columns: table.columns,
      target: values.target,
      variables,
      weights: values.weights,
      units: values.units === undefined ? undefined : await unitsFrom(values.units),
      unitsOfConstants: choiceFrom('units-of-constants', values['units-of-constants'], ['any', 'plain'] as const),
      symmetries: (['symmetric', 'antisymmetric', 'even', 'odd'] as const).flatMap((kind) =>
        (values[kind] ?? []).map((names) => readSymmetry(kind, names))
      ),
      limits: values.limit,
      template: values.template,
      penalty: numberFrom('penalty', values.penalty, { above: 1 }),
      time: numberFrom('time', values.time, { above: 0, unit: 'seconds' }),
      operators: namesFrom(values.operators),
      loss: values.loss,
      maxComplexity: numberFrom('max-complexity', values['max-complexity'], { integer: true, least: 1, most: 1000 }),
      guesses: values.guess,
      ...searchRequestFrom(values),
      validation: numberFrom('validation', values.validation, { least: 0, most: 0.9 }),
      seeds: numberFrom('seeds', values.seeds, { integer: true, least: 1, most: 1000 })
    }
    const trace = values.trace === undefined ? undefined : traceFile(values.trace, (sentence) => line.say(sentence))
    const started = performance.now()
    const time = (request.time ?? 60) * (request.seeds ?? 1)
    const result = await fitTable(request, {
      resume,
      onCheckpoint: checkpoint?.save,
      onTrace: trace?.write,
      ending: interruptSignal('Ending the search and reporting the formulas found so far'),
      seed: seedFrom(values.seed) ?? resume?.asked.options.seed ?? 1,
      threads: threads ?? resume?.asked.options.threads ?? availableParallelism(),
      onProgress: ({ fraction, message }) =>
        line.show(
          'fit',
          fraction,
          message,
          fraction < 1 ? Math.max(0, time - (performance.now() - started) / 1000) : null
        )
    }).finally(() => {
      line.end()
      trace?.close()
    })
    result.warnings.unshift(...table.warnings)
    // Written before anything is printed, because a reader like `head` may end the program.
    const failures: unknown[] = []
    for (const { path, write } of exports)
      await save(path, write({ target: values.target, ...result })).catch((cause: unknown) => failures.push(cause))
    if (values.json) printJson(result)
    else show(values.target, result)
    for (const failure of [...failures, checkpoint?.failure()]) if (failure) throw failure
  }
})

function show(target: string, result: FitTableResult): void {
  const { front, best, stability, rows, evaluations, seconds, interrupted, warnings } = result
  const seeds = (entry: FrontEntry): string => (stability ? `${entry.returns} of ${stability.seeds}` : '')
  printTable([
    ['complexity', 'loss', 'held out', 'score', 'BIC', 'MDL', ...(stability ? ['seeds'] : []), 'formula'],
    ...front.map((entry) => [
      ...[entry.complexity, entry.loss, entry.validationLoss, entry.score].map(figure),
      ...[entry.bic, entry.mdl].map((value) => (value === undefined ? '-' : value.toFixed(1))),
      ...(stability ? [seeds(entry)] : []),
      (entry.rounded ?? entry.text) + (entry.breaks ? `   (breaks ${entry.breaks.join(', ')})` : '')
    ])
  ])
  print(`\nBest: ${target} = ${best.rounded ?? best.text}`)
  if (best.constants && best.constants.length > 0)
    print(
      `with ${best.form}: ${best.constants.map(({ name, value, standardError }) => `${name} = ${withError(value, standardError)}`).join(', ')}`
    )
  print(`NumPy: ${best.python}`)
  if (stability) print(`For ${stability.best} of ${stability.seeds} seeds the best formula has this form.`)
  if (rows.validation > 0) print(`Searched on ${rows.fitting} rows, chosen on ${rows.validation} held-out rows.`)
  print(`Tried ${evaluations} formulas in ${duration(seconds)}.`)
  if (interrupted) print('The search was ended early.')
  for (const warning of warnings) print(warning)
}

/** Rounds the error to two digits, and the value to the same decimal place. */
function withError(value: number, error: number | null): string {
  if (error === null) return `${figure(value)} (no standard error)`
  if (!(error > 0)) return figure(value)
  const place = Math.floor(Math.log10(error)) - 1
  return place < 0 && place > -12
    ? `${value.toFixed(-place)} ± ${error.toFixed(-place)}`
    : `${value.toPrecision(6)} ± ${error.toPrecision(2)}`
}

async function checkExport(path: string, table: string): Promise<void> {
  if (resolve(path) === resolve(table))
    throw badInput(`The formulas would overwrite the table "${table}"; export them to another file.`)
  await access(dirname(path), constants.W_OK).catch((error: Error) => {
    throw badInput(`The formulas cannot be written to "${path}" (${error.message}); choose another folder.`)
  })
}

async function save(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: Error) => {
    throw badInput(`The formulas cannot be written to "${path}" (${error.message}); make room, or choose another file.`)
  })
}

/** Column name -> unit, from a JSON file. */
async function unitsFrom(path: string): Promise<Record<string, string>> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw badInput(`The units file "${path}" cannot be read (${error.message}); check its path and permissions.`)
  })
  try {
    const units: unknown = JSON.parse(text)
    if (typeof units === 'object' && units !== null && !Array.isArray(units)) {
      const entries = Object.entries(units).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      if (entries.length === Object.keys(units).length) return Object.fromEntries(entries)
    }
  } catch {
    // Not JSON: the sentence below describes the format.
  }
  throw badInput(
    `The units file "${path}" is not a JSON object of columns and units; write for example {"m": "kg", "v": "m/s"}.`
  )
}
