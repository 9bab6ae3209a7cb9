// `npm run build:native`: builds native/build/halolaw.node where its sources are newer.
//   --reference   also the addon that the kernels' tests compare with
//   --sanitize    into native/build-sanitize, with AddressSanitizer and UndefinedBehaviorSanitizer
import { buildNative } from './lib/native-build.mjs'

const mode = process.argv.includes('--sanitize') ? 'sanitize' : 'release'
buildNative({ mode, reference: process.argv.includes('--reference') }).catch((error) => {
  console.error(
    `halolaw: the native kernels could not be built: ${error.message}. Messages of the compiler, if any, are above.`
  )
  process.exit(1)
})
