// `npm test`: builds what is stale, checks types, rules and format, then runs every test: unit, integration, browser.
// Arguments go on to the runner: `npm test -- catalog` runs the test files whose path has "catalog" in it.
import { join } from 'node:path'
import { ensureChromium, whatToInstall } from './lib/chromium.mjs'
import { clearOutcome, describeSkipped, readOutcome } from './lib/outcome-reporter.mjs'
import { ensureBuilt, fail, root, runNode, tool } from './lib/project.mjs'

const checks = [
  { name: 'Types', args: [tool('typescript/bin/tsc'), '-b'] },
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
  { name: 'Format', args: [tool('prettier/bin/prettier.cjs'), '--check', '.'] },
  { name: 'Includes', args: [join(root, 'scripts/lint/includes.mjs')] },
  { name: 'C++ format', args: [join(root, 'scripts/lint/cpp-format.mjs')] }
]

async function check({ name, args }) {
  const started = Date.now()
  const { code, output } = await runNode(args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const seconds = ((Date.now() - started) / 1000).toFixed(0)
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  // a check that could not run says so
  if (code !== 0 || output.includes('not checked')) console.log(output)
  return code === 0
}

/** Runs every project of the runner; a run that broke without a failing test counts as one failure. */
async function runTests(chromium) {
  clearOutcome()
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'lib', 'outcome-reporter.mjs')}`]
  const { code } = await runNode([tool('vitest/vitest.mjs'), 'run', ...reporters, ...process.argv.slice(2)], {
    env: { ...process.env, HALOLAW_CHROMIUM: chromium }
  })
  const outcome = readOutcome()
  return { ...outcome, failed: code === 0 ? outcome.failed : Math.max(1, outcome.failed) }
}

await ensureBuilt()
const chromium = await ensureChromium()
if (!chromium) fail(whatToInstall)

const broken = []
for (const one of checks) if (!(await check(one))) broken.push(one.name)
const { passed, failed, skipped } = await runTests(chromium)
if (broken.length > 0) console.log(`\nBroken checks, each counted as one failure: ${broken.join(', ')}`)
if (skipped.length > 0) console.log(['\nSkipped:', ...describeSkipped(skipped)].join('\n'))
const failures = failed + broken.length
console.log(`\n${passed} passed, ${failures} failed, ${skipped.length} skipped`)
process.exit(failures === 0 && passed > 0 ? 0 : 1)
