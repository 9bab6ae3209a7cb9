// `npm run demo`: a complete run on the bundled simulation, in a terminal: catalog, network, law, comparison.
// Arguments are passed to `halolaw run`: `npm run demo -- --preset quick`.
import { join, relative } from 'node:path'
import { ensureBuilt, root, runNode } from './lib/project.mjs'

const project = join(root, 'demo.halolaw')
await ensureBuilt()
const { code } = await runNode([
  join(root, 'out', 'main', 'cli.js'),
  'run',
  relative(root, join(root, 'resources', 'fastpm-500-z0.h5')),
  ...['--preset', 'standard', '--test', 'x > 400', '--out', project],
  ...process.argv.slice(2)
])
if (code !== 0) process.exit(code)
console.log(
  `\nThe project is in ${relative(process.cwd(), project) || project}; "npm start -- demo.halolaw" opens it in the window.`
)
