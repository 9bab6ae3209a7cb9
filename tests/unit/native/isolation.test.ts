import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { projectRoot } from '../../../src-main/native.ts'
import { needs } from '../../fixtures/needs.ts'

const objects = join(projectRoot(), 'native', 'build', 'objects', 'kernels')
const hasNm = process.platform === 'linux' && spawnSync('nm', ['--version']).status === 0

/** Symbols of which the linker keeps one copy for the whole addon: weak ones and unique ones. */
function sharedSymbols(object: string): string[] {
  const { stdout } = spawnSync('nm', ['-C', '--defined-only', join(objects, object)], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((line) => /^[0-9a-f]* [WVu] (.*)$/.exec(line)?.slice(1) ?? [])
}

// A shared copy from an AVX-512 object would end the process on a processor without AVX-512.
needs(hasNm, 'nm of binutils, on Linux')('no object for one instruction set shares code with another', () => {
  const names = readdirSync(objects).filter((name) => name.endsWith('.o'))
  expect(names.length).toBeGreaterThan(0)
  const shared = names.flatMap((object) => {
    const isa = object.split('.')[1]
    return sharedSymbols(object)
      .filter((symbol) => !symbol.includes(`::isa_${isa}::`))
      .map((symbol) => `${object}: ${symbol}`)
  })
  expect(shared).toEqual([])
})
