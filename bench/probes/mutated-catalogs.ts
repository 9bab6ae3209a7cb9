import { fork, type ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { projectRoot } from '../../src-main/native.ts'
import { Random } from '../../src-main/random.ts'
import { mutate, pick } from './mutate.ts'

/** Outcome of reading many mutated catalogs. */
export interface MutatedOutcome {
  catalogs: number
  /** Answers by code; `ok` if the file was still a catalog */
  codes: Record<string, number>
  /** Catalogs that ended the process */
  crashes: string[]
  /** Catalogs without an answer within ten seconds */
  hangs: string[]
  /** Catalogs that took more than 1 GB */
  large: string[]
  /** Answers that show a mistake of the program instead of a fault of the file */
  traces: string[]
  slowestSeconds: number
  largestMegabytes: number
}

/** A reply of mutated-catalogs-worker.ts. */
export interface MutatedReply {
  code: string
  message: string
  megabytes: number
}

interface Seed {
  name: string
  isText: boolean
  /** Files by path in the catalog's folder; one of them is mutated */
  files: Record<string, Buffer>
  /** The file or folder to open */
  open: string
  gzip?: boolean
}

const limitMs = 10_000
const largestMegabytes = 1024
/** A process is replaced above this size, because WebAssembly never gives memory back. */
const renewalMegabytes = 500
const trace =
  /made a mistake|\n\s+at |TypeError|Cannot (?:read|set|convert|mix|destructure)|is not (?:a function|iterable|defined|an object)|\bundefined\b|\[object|Invalid array length|null \(reading/

const ecsv = (style: 'flow' | 'block'): string => {
  const columns = [
    ['x', 'Mpc'],
    ['y', 'Mpc'],
    ['z', 'kpc'],
    ['mass', 'solMass']
  ].map(([name, unit]) =>
    style === 'flow'
      ? `# - {name: ${name}, unit: ${unit}, datatype: float64}`
      : `# -\n#   name: ${name}\n#   unit: ${unit}\n#   datatype: float64`
  )
  const meta =
    '# meta: !!omap\n# - {h: 0.7}\n# - BoxSize: !astropy.units.Quantity {unit: &id001 !astropy.units.Unit {unit: Mpc}, value: 100.0}'
  const rows = Array.from({ length: 8 }, (_, i) => `${i} ${2 * i} ${1000 * i} ${i + 1}e12`)
  return `# %ECSV 1.0\n# ---\n# datatype:\n${columns.join('\n')}\n${meta}\n# schema: astropy-2.0\nx y z mass\n${rows.join('\n')}\n`
}

function seeds(): Seed[] {
  const fixtures = join(projectRoot(), 'tests', 'fixtures', 'catalogs')
  const one = (name: string, content: Buffer): Seed => ({
    name,
    isText: /\.(?:csv|ecsv|list|AHF_halos)$/.test(name),
    files: { [name]: content },
    open: name
  })
  const list: Seed[] = []
  for (const folder of [fixtures, join(fixtures, 'field')])
    for (const name of readdirSync(folder).filter((name) => /\.(?!py$|md$|log$)\w+$/.test(name)))
      list.push(one(name, readFileSync(join(folder, name))))
  for (const style of ['flow', 'block'] as const) list.push(one(`${style}.ecsv`, Buffer.from(ecsv(style))))
  const csv = list.find(({ name }) => name === 'truth.csv')!
  const fits = list.find(({ name }) => name === 'halos.fits')!
  for (const { name, files, isText } of [csv, fits])
    list.push({ name: `${name}.gz`, isText, files: { [`${name}.gz`]: files[name] }, open: `${name}.gz`, gzip: true })
  list.push(bigfile())
  return list
}

function bigfile(): Seed {
  const column = (name: string, dtype: string, width: number, data: NodeJS.ArrayBufferView): [string, Buffer][] => [
    [`LL-0.200/${name}/header`, Buffer.from(`DTYPE: ${dtype}\nNMEMB: ${width}\nNFILE: 1\n000000: 20 : 0 : 0\n`)],
    [`LL-0.200/${name}/000000`, Buffer.from(data.buffer)]
  ]
  return {
    name: 'bigfile',
    isText: false,
    files: Object.fromEntries([
      ...column(
        'Position',
        '<f4',
        3,
        Float32Array.from({ length: 60 }, (_, i) => i)
      ),
      ...column(
        'Length',
        '<i8',
        1,
        BigInt64Array.from({ length: 20 }, (_, i) => 2n ** 60n + BigInt(i))
      ),
      ['Header/header', Buffer.from('DTYPE: <i8\nNMEMB: 1\nNFILE: 0\n')],
      ['Header/attr-v2', Buffer.from('BoxSize <f8 1 0000000000005940 #HUMANE [ 100 ]\n')]
    ]),
    open: '.'
  }
}

/** Writes a mutated catalog into a folder of its own. */
function write(folder: string, seed: Seed, random: Random): { path: string; how: string } {
  const target = pick(random, Object.keys(seed.files))
  let description = ''
  for (const [name, content] of Object.entries(seed.files)) {
    let bytes = content
    const isPacked = seed.gzip === true && random.integer(2) === 0
    if (isPacked) bytes = gzipSync(bytes)
    if (name === target) {
      const isText = seed.isText ? !isPacked : /header$|attr-v2$/.test(name)
      const mutated = mutate(bytes, isText, random)
      bytes = mutated.bytes
      description = `${seed.name}${seed.open === '.' ? `/${name}` : ''}: ${mutated.how}`
    }
    if (seed.gzip && !isPacked) bytes = gzipSync(bytes)
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }
  return { path: join(folder, seed.open), how: description }
}

/**
 * Reads `count` mutated copies of a small file of each format, in processes that are replaced when one ends or hangs.
 * @param faulty folder that keeps a copy of each catalog that shows a fault; null: none is kept
 */
export async function mutatedCatalogs(
  folder: string,
  count: number,
  seed: number,
  faulty: string | null = null
): Promise<MutatedOutcome> {
  const random = new Random(seed)
  const all = seeds()
  const outcome: MutatedOutcome = {
    catalogs: count,
    codes: {},
    crashes: [],
    hangs: [],
    large: [],
    traces: [],
    slowestSeconds: 0,
    largestMegabytes: 0
  }
  let reader = await startReader()
  let size = 0
  for (let n = 0; n < count; n++) {
    const place = join(folder, `mutated-${n}`)
    mkdirSync(place)
    const { path, how } = write(place, all[n % all.length], random)
    const started = performance.now()
    const reply = await answer(reader, path)
    outcome.slowestSeconds = Math.max(outcome.slowestSeconds, (performance.now() - started) / 1000)
    outcome.codes[reply.code] = (outcome.codes[reply.code] ?? 0) + 1
    outcome.largestMegabytes = Math.max(outcome.largestMegabytes, Math.round(reply.megabytes))
    const faults: [string[], boolean][] = [
      [outcome.crashes, reply.code === 'crash'],
      [outcome.hangs, reply.code === 'hang'],
      [outcome.large, reply.megabytes > largestMegabytes && size <= largestMegabytes],
      [outcome.traces, reply.code === 'internal' || trace.test(reply.message)]
    ]
    for (const [found, isFault] of faults) if (isFault) found.push(`${basename(place)} ${how}: ${reply.message}`)
    if (faulty !== null && faults.some(([, isFault]) => isFault))
      cpSync(place, join(faulty, basename(place)), { recursive: true })
    size = reply.megabytes
    if (reply.code === 'crash' || reply.code === 'hang' || size > renewalMegabytes) {
      reader.kill('SIGKILL')
      reader = await startReader()
      size = 0
    }
    rmSync(place, { recursive: true, force: true })
  }
  reader.kill('SIGKILL')
  return outcome
}

async function startReader(): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'mutated-catalogs-worker.ts'), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc']
  })
  await new Promise((ready) => child.once('message', ready))
  return child
}

function answer(child: ChildProcess, path: string): Promise<MutatedReply> {
  return new Promise((done) => {
    const onMessage = (reply: MutatedReply): void => end(reply)
    const onExit = (code: number | null, signal: string | null): void =>
      end({ code: 'crash', message: `exit code ${code ?? signal}`, megabytes: 0 })
    const timer = setTimeout(() => end({ code: 'hang', message: '', megabytes: 0 }), limitMs)
    function end(reply: MutatedReply): void {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit)
      done(reply)
    }
    child.on('message', onMessage).on('exit', onExit)
    child.send(path)
  })
}
