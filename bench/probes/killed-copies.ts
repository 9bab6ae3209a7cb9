import { spawn } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createProject, openProject } from '../../src-main/project/project.ts'
import { defaultRunConfig } from '../../src-main/run/method/default-config.ts'
import { Random } from '../../src-main/random.ts'
import { contentOf } from './project-content.ts'

const suffixes = ['', '-wal', '-shm', '-journal', '.lock']
/** A save-as takes some 30 ms, so that most kills fall in one. */
const longestMs = 300

/**
 * Kills a process at random points while it saves two projects under other names, over an existing project and beside it.
 * Afterwards each target is whole: one of the two projects, or (a new name) missing; both projects are unchanged; and all
 * of them open for writing.
 * @returns sentences about what is not so
 */
export async function killedCopies(folder: string, kills: number, seed: number): Promise<string[]> {
  const random = new Random(seed)
  const faults: string[] = []
  const [first, second, existing, fresh] = ['first', 'second', 'existing', 'fresh'].map((name) =>
    join(folder, `copied-${name}.halolaw`)
  )
  const wholes = [first, second].map((path, n) => {
    writeSource(path, n + 1)
    return contentOf(path).whole
  })
  const former = openProject(first)
  await former.copyTo(existing)
  former.close()
  for (let n = 0; n < kills; n++) {
    await killCopier([existing, fresh, first, second], random)
    for (const path of [existing, fresh, first, second]) {
      if (path === fresh && !existsSync(path)) continue
      const { problems, whole } = contentOf(path)
      const expected = path === first ? [wholes[0]] : path === second ? [wholes[1]] : wholes
      if (problems.length > 0) faults.push(`${basename(path)}, kill ${n}: ${problems.join('; ')}`)
      else if (!expected.includes(whole)) faults.push(`${basename(path)}, kill ${n}: another content`)
      try {
        const project = openProject(path)
        project.requireWritable()
        project.close()
      } catch (cause) {
        faults.push(`${basename(path)}, kill ${n}: ${String(cause)}`)
      }
    }
    for (const suffix of suffixes) rmSync(fresh + suffix, { force: true })
  }
  const last = openProject(first)
  await last.copyTo(fresh)
  last.close()
  const left = readdirSync(folder).filter((name) => name.startsWith(`${basename(fresh)}.partial`))
  if (left.length > 0) faults.push(`A save-as leaves ${left.length} files of those that were killed.`)
  return faults
}

/** A project of 12 MB whose runs differ from those of another number. */
function writeSource(path: string, number: number): void {
  const project = createProject(path)
  const config = { ...defaultRunConfig(null, { map: {}, boxSize: null }), catalog: '/catalogs/a.h5' }
  for (let n = 0; n < 3; n++) {
    const { id } = project.runs.create(config, `Run ${number}.${n}`)
    project.runs.savePredictions(id, 'gnn', new Float32Array(1_000_000).fill(number + n / 10))
    project.runs.update(id, { state: 'done' })
  }
  project.close()
}

/** Resolves when the process is gone. */
function killCopier(args: readonly string[], random: Random): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'project-copier.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), random.integer(longestMs)))
  return new Promise((done, failed) =>
    child.once('close', (code, signal) =>
      signal === 'SIGKILL' ? done() : failed(new Error(`project-copier.ts ended with exit code ${code}.`))
    )
  )
}
