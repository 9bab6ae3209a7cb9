// `npm test`: builds what is stale, checks types, rules and format, then runs every test: unit, integration, browser.
// Arguments go on to the runner: `npm test -- catalog` runs the test files whose path has "catalog" in it.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureChromium, whatToInstall } from './lib/chromium.mjs'
import { ensureBuilt, fail, root, runNode, tool } from './lib/project.mjs'

const report = join(root, 'test-results', 'vitest.json')
const checks = [
  { name: 'Types', args: [tool('typescript/bin/tsc')] },
  {
    name: 'Window types',
    args: [
      tool('svelte-check/bin/svelte-check'),
      '--tsconfig',
      './tsconfig.json',
      '--fail-on-warnings',
      '--output',
      'human'
    ]
  },
  { name: 'Rules', args: [tool('eslint/bin/eslint.js'), '.'] },
  { name: 'Format', args: [tool('prettier/bin/prettier.cjs'), '--check', '.'] }
]

async function check({ name, args }) {
  const started = Date.now()
  const { code, output } = await runNode(args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const seconds = ((Date.now() - started) / 1000).toFixed(0)
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  if (code !== 0) console.log(output)
  return code === 0
}

/** Runs every project of the runner; a run that broke without a failing test counts as one failure. */
async function runTests(chromium) {
  rmSync(report, { force: true })
  mkdirSync(join(root, 'test-results'), { recursive: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { code } = await runNode([tool('vitest/vitest.mjs'), 'run', ...reporters, ...process.argv.slice(2)], {
    env: { ...process.env, HALOLAW_CHROMIUM: chromium }
  })
  const counts = readCounts()
  return { ...counts, failed: code === 0 ? counts.failed : Math.max(1, counts.failed) }
}

function readCounts() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
  } catch {
    console.error(`The runner left no report in ${report}.`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

await ensureBuilt()
const chromium = await ensureChromium()
if (!chromium) fail(whatToInstall)

const broken = []
for (const one of checks) if (!(await check(one))) broken.push(one.name)
const { passed, failed, skipped } = await runTests(chromium)
if (broken.length > 0) console.log(`\nBroken checks, each counted as one failure: ${broken.join(', ')}`)
const failures = failed + broken.length
console.log(`\n${passed} passed, ${failures} failed, ${skipped} skipped`)
process.exit(failures === 0 && passed > 0 ? 0 : 1)
