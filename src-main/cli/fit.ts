import { access, constants, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { FrontEntry } from '../../src-shared/contract.ts'
import { badInput } from '../../src-shared/errors.ts'
import { exporterFor, fitTable, readSymmetry, type FitTableResult } from '../symbolic/index.ts'
import { choiceFrom, namesFrom, numberFrom, readArguments, usage } from './arguments.ts'
import type { CliCommand } from './command.ts'
import { interruptSignal } from './interrupt.ts'
import { duration, figure, print, printJson, printTable, ProgressLine } from './output.ts'
import { checkpointFile, checkpointFrom } from './search-file.ts'
import { searchArguments, searchHelp, searchRequestFrom } from './search-options.ts'
import { readColumns } from './table-columns.ts'

export const fit: CliCommand = {
  summary: 'finds formulas for one column of a table: symbolic regression',
  help: `halolaw fit TABLE --target COLUMN [options]

  --variables a,b        default: every other numeric column; names with blanks in backquotes: '\`my mass\`,r'
  --time SECONDS         default 60
  --operators "+ - * /"  by name: + - * / ^ neg abs square cube sqrt inv exp log log10 sin cos tan tanh asin acos atan erf
                         min max clamp step > < if; out of its domain (log of -1) an operator rejects the formula
  --loss LOSS            mse (default), mae, huber:DELTA, quantile:TAU, poisson (counts), or a formula of prediction and
                         target, such as "log(1 + (prediction - target)^2)"
  --weights COLUMN       weight of each row
  --units FILE           JSON such as {"m": "kg", "v": "m/s"}: only formulas whose units agree are looked at
  --units-of-constants any|plain
                         constants may carry any unit (default), or are plain numbers
  --symmetric a,b        the law does not change when a and b trade places; --antisymmetric a,b: it changes its sign.
                         May be repeated, as may the following:
  --even x, --odd x      the law keeps, or changes, its sign with that of x
  --limit RULE           where the law tends: "r -> inf: 0", "x -> 0: finite", "x -> inf: power -2", "r: decreasing",
                         "m: increasing", "positive", "negative"
  --template LAW         the law's structure, as in "f(r) * g(m_i) + c" or "f(x) - f(y)": unknown functions f, g, f1... of what
                         stands in their brackets, fitted constants c, c1..., all else as it stands
  --penalty N            formulas that break units, symmetries or limits are not left out: their loss counts N times for each
  --max-complexity N     of the formulas looked at
  --guess FORMULA        a formula to begin from; may be repeated. With a template the whole law, or its functions one by one:
                         "f(u) = exp(-u), g = m_i^2, c = 1"
${searchHelp}
  --validation SHARE     of the rows, held out of the search and used to choose among formulas; default 0.2
  --seeds N              searches that differ in their seed, each with the whole time: how often does a form return?
  --seed N, --threads N
  --export FILE          the whole front as a file: .tex (an aligned table), .py (NumPy), .sympy.py, .jl (Julia), .c, .json,
                         .txt; may be repeated
  --json                 one JSON object on stdout

Ctrl+C (or SIGTERM) ends the search early: what it has found is fitted, chosen from and told as ever, "interrupted" is true in the
JSON, and the exit code is 0 (1 where nothing is found yet). A second Ctrl+C ends the program at once.`,

  async run(args) {
    const { values, positionals } = readArguments('fit', args, ['TABLE'], {
      target: { type: 'string' },
      variables: { type: 'string' },
      time: { type: 'string' },
      operators: { type: 'string' },
      loss: { type: 'string' },
      weights: { type: 'string' },
      units: { type: 'string' },
      'units-of-constants': { type: 'string' },
      symmetric: { type: 'string', multiple: true },
      antisymmetric: { type: 'string', multiple: true },
      even: { type: 'string', multiple: true },
      odd: { type: 'string', multiple: true },
      limit: { type: 'string', multiple: true },
      template: { type: 'string' },
      penalty: { type: 'string' },
      'max-complexity': { type: 'string' },
      guess: { type: 'string', multiple: true },
      ...searchArguments,
      export: { type: 'string', multiple: true },
      validation: { type: 'string' },
      seeds: { type: 'string' },
      seed: { type: 'string' },
      threads: { type: 'string' }
    })
    if (values.target === undefined)
      throw usage('"halolaw fit" needs --target COLUMN: the column to find a formula for.')
    // what stands in the way of an export is told before the search, not after it
    const exports = (values.export ?? []).map((path) => ({ path, write: exporterFor(path) }))
    for (const { path } of exports) await checkExport(path, positionals[0])
    const resume = values.resume === undefined ? undefined : checkpointFrom(values.resume)
    const variables = namesFrom(values.variables)
    const line = new ProgressLine()
    const kept =
      values.checkpoint === undefined
        ? undefined
        : checkpointFile(values.checkpoint, (sentence) => {
            line.end()
            process.stderr.write(`${sentence}\n`)
          })
    const threads = numberFrom('threads', values.threads, {
      integer: true,
      least: 1,
      most: Math.max(32, 4 * availableParallelism()),
      unit: `this machine has ${availableParallelism()} cores`
    })
    const asked = [values.target, ...(variables ?? []), ...(values.weights === undefined ? [] : [values.weights])]
    const table = await readColumns(positionals[0], asked, variables !== undefined)
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
    const started = performance.now()
    const time = (request.time ?? 60) * (request.seeds ?? 1)
    const result = await fitTable(request, {
      resume,
      onCheckpoint: kept?.keep,
      ending: interruptSignal('Ending the search; the formulas found so far are told'),
      seed:
        numberFrom('seed', values.seed, { integer: true, least: 0, most: 2 ** 32 - 1 }) ??
        resume?.asked.options.seed ??
        1,
      threads: threads ?? resume?.asked.options.threads ?? availableParallelism(),
      onProgress: ({ fraction, message }) =>
        line.show(
          'fit',
          fraction,
          message,
          fraction < 1 ? Math.max(0, time - (performance.now() - started) / 1000) : null
        )
    }).finally(() => line.end())
    result.warnings.unshift(...table.warnings)
    // before they are printed: whoever reads them may have seen enough (`| head`), which ends the program
    const failures: unknown[] = []
    for (const { path, write } of exports)
      await save(path, write({ target: values.target, ...result })).catch((cause: unknown) => failures.push(cause))
    if (values.json) printJson(result)
    else show(values.target, result)
    for (const failure of [...failures, kept?.failure()]) if (failure) throw failure
  }
}

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
  if (stability) print(`${stability.best} of ${stability.seeds} seeds had a formula of this form as their best.`)
  if (rows.validation > 0) print(`Searched on ${rows.fitting} rows, chosen by ${rows.validation} that were held out.`)
  print(`${evaluations} formulas were tried in ${duration(seconds)}.`)
  if (interrupted) print('The search was ended before its time.')
  for (const warning of warnings) print(warning)
}

/** Two digits of the error, and the value to the same place. */
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
    throw badInput(`The formulas cannot be written to "${path}": ${error.message}.`)
  })
}

async function save(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: Error) => {
    throw badInput(`The formulas cannot be written to "${path}": ${error.message}.`)
  })
}

/** Column name -> unit, from a JSON file. */
async function unitsFrom(path: string): Promise<Record<string, string>> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw badInput(`The units file "${path}" cannot be read: ${error.message}.`)
  })
  try {
    const units: unknown = JSON.parse(text)
    if (typeof units === 'object' && units !== null && !Array.isArray(units)) {
      const entries = Object.entries(units).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      if (entries.length === Object.keys(units).length) return Object.fromEntries(entries)
    }
  } catch {
    // not JSON: the sentence below says what is wanted
  }
  throw badInput(`The units file "${path}" is not a JSON object of column and unit, such as {"m": "kg", "v": "m/s"}.`)
}
