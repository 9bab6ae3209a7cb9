// Writes the outcome of a test run, with the reason of every test that was skipped, for scripts/test.mjs.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './project.mjs'

const file = join(root, 'test-results', 'outcome.json')

/** @typedef {{ file: string, name: string, reason: string }} Skipped */
/** @typedef {{ passed: number, failed: number, skipped: Skipped[] }} Outcome */

export default class OutcomeReporter {
  onTestRunEnd(modules) {
    /** @type {Outcome} */
    const outcome = { passed: 0, failed: 0, skipped: [] }
    for (const module of modules)
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === 'passed') outcome.passed++
        else if (result.state === 'failed') outcome.failed++
        else
          outcome.skipped.push({ file: module.relativeModuleId, name: test.fullName, reason: reasonOf(test, result) })
      }
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(outcome, null, 2))
  }
}

function reasonOf(test, { note }) {
  if (note) return note
  for (let parent = test.parent; parent; parent = parent.parent)
    if (parent.state() === 'failed') return 'what runs before it failed'
  return 'left out by a filter'
}

export function clearOutcome() {
  rmSync(file, { force: true })
}

/** @returns {Outcome} of the last run; one failure where the run left none */
export function readOutcome() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    console.error(`The runner left no outcome in ${file}.`)
    return { passed: 0, failed: 1, skipped: [] }
  }
}

/** The skipped tests under their reasons, one a line; a reason that many tests share, such as a filter's, says how many. */
export function describeSkipped(skipped) {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason)
  return [...byReason].flatMap(([reason, tests]) => [
    `  ${reason}:`,
    ...(tests.length > 40 ? [`    ${tests.length} tests`] : tests.map(({ file, name }) => `    ${file}: ${name}`))
  ])
}
