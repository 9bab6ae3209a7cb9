// `npm run build:native`: builds native/build/halolaw.node where its sources are newer.
//   --reference   also the addon that the kernels' tests compare with
//   --sanitize    into native/build-sanitize, with AddressSanitizer and UndefinedBehaviorSanitizer
import { createRequire } from 'node:module'
import { buildNative } from './lib/native-build.mjs'

/** The headers are a development package, because the packaged program carries its kernels built. */
function hasHeaders() {
  const { resolve } = createRequire(import.meta.url)
  try {
    return Boolean(resolve('node-addon-api/package.json') && resolve('node-api-headers/package.json'))
  } catch {
    return false
  }
}

if (!hasHeaders()) {
  console.error(
    'halolaw: the native kernels are not built, because node-addon-api and node-api-headers are not installed; copy ' +
      'native/build from a build, or run "npm ci" without --omit=dev.'
  )
  process.exit(0)
}

const mode = process.argv.includes('--sanitize') ? 'sanitize' : 'release'
buildNative({ mode, reference: process.argv.includes('--reference') }).catch((error) => {
  console.error(
    `halolaw: the native kernels could not be built: ${error.message}. Messages of the compiler, if any, are above.`
  )
  process.exit(1)
})
