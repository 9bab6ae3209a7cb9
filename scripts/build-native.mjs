// Builds native/build/halolaw.node: compiles what changed, links, and says in one sentence what is missing.
// Runs on any Node >= 20 with a C++17 compiler; needs nothing but the Node-API headers from npm.
//
//   native/*.cpp           compiled once, for the baseline of this processor family
//   native/kernels/*.cpp   compiled once for each instruction set of `instructionSets`; isa.h picks one at run time
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sourceDir = join(root, 'native')
const buildDir = join(sourceDir, 'build')
const objectDir = join(buildDir, 'objects')
const target = join(buildDir, 'halolaw.node')
const require = createRequire(import.meta.url)

function packageDir(name) {
  return dirname(require.resolve(`${name}/package.json`))
}

function findCompiler() {
  const candidates = [process.env.CXX, 'g++', 'c++', 'clang++'].filter(Boolean)
  return candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0)
}

const instructionSets =
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
  '-O3',
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
  // a thread may be ended in the middle of a call, whose exception then has nowhere to go
  '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
  '-DBUILDING_NODE_EXTENSION',
  `-I${join(packageDir('node-addon-api'))}`,
  `-I${join(packageDir('node-api-headers'), 'include')}`,
  `-I${sourceDir}`
]

function compileJobs() {
  const jobs = []
  const cppFiles = (dir) =>
    readdirSync(dir)
      .filter((f) => f.endsWith('.cpp'))
      .sort()
      .map((f) => join(dir, f))
  for (const source of cppFiles(sourceDir))
    jobs.push({ source, object: join(objectDir, `${basename(source, '.cpp')}.o`), flags: [] })
  for (const source of cppFiles(join(sourceDir, 'kernels')))
    for (const isa of instructionSets)
      jobs.push({
        source,
        object: join(objectDir, `${basename(source, '.cpp')}.${isa.name}.o`),
        flags: [...isa.flags, `-DHL_ISA=isa_${isa.name}`, `-DHL_VECTOR_BYTES=${isa.bytes}`]
      })
  return jobs
}

/** True when the object is missing or older than any file its last compilation read (from the .d file beside it). */
function isStale({ source, object }) {
  const dependencyFile = object.replace(/\.o$/, '.d')
  if (!existsSync(object) || !existsSync(dependencyFile)) return true
  const built = statSync(object).mtimeMs
  const files = readFileSync(dependencyFile, 'utf8')
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

async function build() {
  const compiler = findCompiler()
  if (!compiler) {
    console.error(
      'halolaw: no C++ compiler was found, so the native kernels could not be built; install one ' +
        '(Debian, Ubuntu: "sudo apt-get install g++"; macOS: "xcode-select --install"; Windows: LLVM clang), then run "npm run build:native".'
    )
    process.exit(1)
  }
  mkdirSync(objectDir, { recursive: true })
  const jobs = compileJobs()
  const stale = jobs.filter(isStale)
  const queue = [...stale]
  const worker = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const part = `${job.object}.part`
      await run(compiler, [
        ...commonFlags,
        ...job.flags,
        '-MMD',
        '-MF',
        job.object.replace(/\.o$/, '.d'),
        '-MT',
        'object',
        '-c',
        '-o',
        part,
        job.source
      ])
      renameSync(part, job.object)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  const objects = jobs.map((job) => job.object)
  const newest = Math.max(...objects.map((object) => statSync(object).mtimeMs))
  if (stale.length > 0 || !existsSync(target) || statSync(target).mtimeMs < newest) {
    const part = `${target}.part`
    const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']
    await run(compiler, [...shared, '-pthread', '-o', part, ...objects])
    renameSync(part, target)
  }
}

build().catch((error) => {
  console.error(
    `halolaw: the native kernels could not be built (${error.message}); the compiler's messages above say where.`
  )
  process.exit(1)
})
