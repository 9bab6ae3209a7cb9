// Builds the native addon: compiles what changed and links. Runs on any Node >= 20 with a C++17 compiler and needs only
// the Node-API headers from npm.
//
//   native/kernels/*.cpp    compiled once for each instruction set of `instructionSets`; simd/isa.h picks one at run time
//   native/reference/*.cpp  linked with the layers below it into a second addon, which only the tests load
//   native/**/*.cpp         everything else, compiled once for the baseline of this processor family
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const sourceDir = join(root, 'native')
const require = createRequire(import.meta.url)
const packageDir = (name) => dirname(require.resolve(`${name}/package.json`))

/** Widest first. `bytes` is the width of a vector. */
export const instructionSets =
  process.arch === 'x64'
    ? [
        {
          name: 'avx512',
          bytes: 64,
          flags: ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma', '-mprefer-vector-width=512']
        },
        { name: 'avx2', bytes: 32, flags: ['-mavx2', '-mfma'] },
        { name: 'base', bytes: 16, flags: [] }
      ]
    : [{ name: 'base', bytes: 16, flags: [] }]

const commonFlags = [
  '-std=c++17',
  '-g1',
  '-fPIC',
  '-fvisibility=hidden',
  '-pthread',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-DNAPI_VERSION=8',
  '-DNAPI_CPP_EXCEPTIONS',
  // A thread can end in the middle of a call; nothing then receives the call's exception.
  '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
  '-DBUILDING_NODE_EXTENSION'
]
const includeFlags = () => [
  `-I${sourceDir}`,
  `-I${packageDir('node-addon-api')}`,
  `-I${join(packageDir('node-api-headers'), 'include')}`
]

const sanitizers = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer']
// Link-time optimization compares the definitions of every name in all objects (-Wodr).
const sanitized = {
  isas: instructionSets,
  compile: [...sanitizers, '-flto', '-DHL_CHECKED'],
  link: [...sanitizers, `-flto=${availableParallelism()}`, '-Wodr', '-Werror=odr']
}

/** The builds: their folder under native/, their instruction sets, and the flags that differ. */
const modes = {
  release: { folder: 'build', isas: instructionSets, compile: ['-O3'], link: [] },
  sanitize: { folder: 'build-sanitize', ...sanitized },
  'sanitize-base': {
    folder: 'build-sanitize-base',
    ...sanitized,
    isas: instructionSets.slice(-1),
    compile: [...sanitized.compile, '-DHL_BASE_ONLY']
  }
}

/** The folder that a build writes to. */
const buildDir = (mode) => join(sourceDir, modes[mode].folder)

export function findCompiler() {
  const candidates = [process.env.CXX, 'g++', 'c++', 'clang++'].filter(Boolean)
  return candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0)
}

function compileJobs(mode) {
  const jobs = []
  const sources = readdirSync(sourceDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('build'))
    .flatMap(({ name }) => readdirSync(join(sourceDir, name)).map((file) => join(sourceDir, name, file)))
    .filter((file) => file.endsWith('.cpp'))
    .sort()
  for (const source of sources) {
    const path = relative(sourceDir, source).replace(/\.cpp$/, '')
    const folder = path.split(sep)[0]
    const isas = folder === 'kernels' ? modes[mode].isas : [null]
    for (const isa of isas)
      jobs.push({
        source,
        folder,
        object: join(buildDir(mode), 'objects', isa ? `${path}.${isa.name}.o` : `${path}.o`),
        flags: isa ? [...isa.flags, `-DHL_ISA=isa_${isa.name}`, `-DHL_VECTOR_BYTES=${isa.bytes}`] : []
      })
  }
  return jobs
}

const dependencyFile = (object) => object.replace(/\.o$/, '.d')

/** True when the object is missing or older than any file its last compilation read (from the .d file beside it). */
function isStale({ source, object }) {
  if (!existsSync(object) || !existsSync(dependencyFile(object))) return true
  const built = statSync(object).mtimeMs
  const files = readFileSync(dependencyFile(object), 'utf8')
    .replace(/\\\n/g, ' ')
    .split(': ')
    .slice(1)
    .join(': ')
    .split(/\s+/)
    .filter(Boolean)
  return [source, fileURLToPath(import.meta.url), ...files].some(
    (file) => !existsSync(file) || statSync(file).mtimeMs > built
  )
}

function run(compiler, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(compiler, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${compiler} failed on ${args.at(-1)}`))))
  })
}

/** What each addon is linked from. */
const addons = {
  'halolaw.node': ({ folder }) => folder !== 'reference',
  'reference.node': ({ folder }) => folder !== 'binding'
}

/** For clangd and other tools, beside the objects: they look for it in native/build. */
function writeCompileCommands(jobs, compileArguments, folder) {
  const commands = jobs.map((job) => ({ directory: root, file: job.source, arguments: compileArguments(job) }))
  const path = join(folder, 'compile_commands.json')
  const text = JSON.stringify(commands, null, 1)
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
}

/**
 * Builds the addon, and with `reference` the tests' addon as well; returns the folder of the build.
 * @throws Error when there is no compiler or it fails; its own messages go to stderr.
 */
export async function buildNative({ mode = 'release', reference = false } = {}) {
  const compiler = findCompiler()
  if (!compiler)
    throw new Error(
      'no C++ compiler was found; install one (Debian, Ubuntu: "sudo apt-get install g++"; macOS: ' +
        '"xcode-select --install"; Windows: LLVM clang), then run "npm run build:native"'
    )
  const folder = buildDir(mode)
  const { compile, link } = modes[mode]
  const compileArguments = ({ source, object, flags }) => {
    const dependencies = ['-MMD', '-MF', dependencyFile(object), '-MT', 'object']
    const output = ['-c', '-o', `${object}.part`, source]
    return [compiler, ...commonFlags, ...compile, ...includeFlags(), ...flags, ...dependencies, ...output]
  }
  const jobs = compileJobs(mode).filter((job) => reference || addons['halolaw.node'](job))
  for (const job of jobs) mkdirSync(dirname(job.object), { recursive: true })
  writeCompileCommands(jobs, compileArguments, folder)

  const queue = jobs.filter(isStale)
  const worker = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const [command, ...args] = compileArguments(job)
      await run(command, args)
      renameSync(`${job.object}.part`, job.object)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))

  const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']
  for (const [name, belongs] of Object.entries(addons)) {
    if (name === 'reference.node' && !reference) continue
    const target = join(folder, name)
    const objects = jobs.filter(belongs).map(({ object }) => object)
    const newest = Math.max(...objects.map((object) => statSync(object).mtimeMs))
    if (existsSync(target) && statSync(target).mtimeMs >= newest) continue
    const part = `${target}.part`
    await run(compiler, [...shared, '-pthread', ...link, '-o', part, ...objects])
    renameSync(part, target)
  }
  return folder
}
