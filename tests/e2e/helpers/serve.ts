import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../../../src-main/native.ts'

export interface Served {
  /** With its token. */
  address: string
  stop(): Promise<void>
}

/** `halolaw serve`, as built, on a free port, with settings of its own so that nothing of the machine shows. */
export async function serve(...args: string[]): Promise<Served> {
  const config = mkdtempSync(join(tmpdir(), 'halolaw-config-'))
  const child = spawn(
    process.execPath,
    [join(projectRoot(), 'out', 'main', 'cli.js'), 'serve', '--port', '0', ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HALOLAW_CONFIG_DIR: config }
    }
  )
  return { address: await addressOf(child), stop: () => stop(child) }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const listen = (chunk: Buffer) => {
      output += String(chunk)
      const address = /https?:\/\/\S+/.exec(output)?.[0]
      if (address) resolve(address)
    }
    child.stdout!.on('data', listen)
    child.stderr!.on('data', (chunk: Buffer) => (output += String(chunk)))
    child.on('exit', (code) => reject(new Error(`halolaw serve ended with ${code}: ${output}`)))
  })
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill()
  })
}
