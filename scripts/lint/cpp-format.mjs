// Checks that the C++ files have the format of native/.clang-format; with --write, formats them. Part of `npm run lint`.
// Versions of clang-format differ in details, so only the version that formatted the sources judges them.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nativeSources } from './includes.mjs'

const version = 14
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const command = [`clang-format-${version}`, 'clang-format'].find((name) => {
  const { status, stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' })
  return status === 0 && Number(/version (\d+)/.exec(stdout)?.[1]) === version
})
if (!command) {
  console.log(
    `C++ format not checked: clang-format ${version} is not installed (Debian: "apt-get install clang-format").`
  )
  process.exit(0)
}
const options = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror']
const { status } = spawnSync(command, [...options, ...nativeSources()], { cwd: root, stdio: 'inherit' })
process.exit(status === 0 ? 0 : 1)
