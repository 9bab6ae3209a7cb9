// `npm run test:sanitize`: builds the kernels with AddressSanitizer, UndefinedBehaviorSanitizer and the linker's check that
// every name has one definition, then runs the unit tests that use kernels, once for each instruction set of this machine.
//   --baseline   only the baseline kernels, for a quick check
// Linux with GCC only: the addon is loaded into a plain Node, which needs the sanitizer's library beforehand.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildNative, findCompiler, instructionSets } from './lib/native-build.mjs'
import { fail, runNode, tool } from './lib/project.mjs'

/** Files or folders under tests/unit whose tests run kernels, on data small enough for slow kernels. */
const tests = [
  'native/reference.test.ts',
  'graph',
  'symbolic/language/native-evaluate.test.ts',
  'symbolic/fit',
  'gnn/engines/gradients.test.ts',
  'law/fit/neighbour-sums.test.ts'
].map((path) => `tests/unit/${path}`)

if (process.platform !== 'linux') fail('The sanitizers run on Linux only; run "npm run test:unit" here.')
const compiler = findCompiler()
const runtime = compiler && spawnSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout.trim()
if (!runtime || !existsSync(runtime))
  fail('The library of AddressSanitizer was not found; install GCC (Debian, Ubuntu: "sudo apt-get install g++").')

const seconds = (started) => `${((Date.now() - started) / 1000).toFixed(0)} s`
let started = Date.now()
const baseline = process.argv.includes('--baseline')
const isas = baseline ? ['base'] : instructionSets.map(({ name }) => name).reverse()
const folder = await buildNative({ mode: baseline ? 'sanitize-base' : 'sanitize', reference: true }).catch((error) =>
  fail(error.message)
)
console.log(`✓ built with sanitizers (${seconds(started)})`)

const environment = {
  ...process.env,
  HALOLAW_NATIVE: join(folder, 'halolaw.node'),
  LD_PRELOAD: runtime,
  // Node frees little of its own at exit; a leak in it says nothing about the kernels.
  ASAN_OPTIONS: 'detect_leaks=0:detect_odr_violation=2:abort_on_error=0',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1'
}
/** The instruction set that the addon chooses when `isa` is requested: a narrower one on an older machine. */
function active(isa) {
  const script =
    'console.log(process.getBuiltinModule("module").createRequire("/")(process.env.HALOLAW_NATIVE).instructionSet)'
  const env = { ...environment, HALOLAW_ISA: isa }
  return spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }).stdout.trim()
}

const broken = []
for (const isa of isas) {
  if (active(isa) !== isa) {
    console.log(`- ${isa}: this processor lacks it, or the addon did not load`)
    if (isa === 'base') broken.push(isa)
    continue
  }
  started = Date.now()
  const args = [tool('vitest/vitest.mjs'), 'run', '--project', 'unit', '--pool', 'forks', ...tests]
  const { code } = await runNode(args, { env: { ...environment, HALOLAW_ISA: isa } })
  console.log(`${code === 0 ? '✓' : '✗'} ${isa} (${seconds(started)})`)
  if (code !== 0) broken.push(isa)
}
if (broken.length > 0) fail(`The sanitizers or the tests failed on ${broken.join(', ')}; see the messages above.`)
console.log(`Every kernel is clean on ${isas.join(', ')}.`)
