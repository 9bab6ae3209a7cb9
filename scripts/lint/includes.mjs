// Holds the order of the C++ layers (`orders.native` in layers.mjs) over the #include lines of native/. Part of `npm run lint`.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brokenOrder } from './layers.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const native = join(root, 'native')

/** The C++ files of native/, as paths from the project's root with forward slashes. */
export function nativeSources() {
  return readdirSync(native, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('build'))
    .flatMap(({ name }) => readdirSync(join(native, name)).map((file) => join(native, name, file)))
    .filter((file) => /\.(h|cpp)$/.test(file))
    .map((file) => relative(root, file).split(sep).join('/'))
    .sort()
}

/** Every include of a file that breaks the order, as `path:line: reason`. Names in quotes are paths from native/. */
export function brokenIncludes(path, text) {
  return text.split('\n').flatMap((line, index) => {
    const included = /^#include "([^"]+)"/.exec(line)?.[1]
    const message = included && brokenOrder(path, `native/${included}`)
    return message ? [`${path}:${index + 1}: ${message}`] : []
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const broken = nativeSources().flatMap((path) => brokenIncludes(path, readFileSync(join(root, path), 'utf8')))
  for (const line of broken) console.error(line)
  process.exit(broken.length === 0 ? 0 : 1)
}
