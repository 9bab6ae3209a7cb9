// `npm run dev [-- CATALOG|PROJECT]`: the window with hot reload, in the browser, against a running service.
//
// Vite serves src-renderer and passes the web socket and uploads on to `halolaw serve`, which runs from the sources, so
// that nothing has to be built. An edit in src-renderer appears at once. An edit in src-main or src-shared starts the
// service again at the same port, and the window reconnects; runs at work are interrupted and can be resumed. The native
// kernels are built at the start only.
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, realpathSync, watch } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'vite'
import { openBrowser } from './lib/desktop.mjs'
import { ensureBuilt, fail, pinnedNode, root, runNode } from './lib/project.mjs'

const settleMs = 200

/** `halolaw serve` from the sources. Its port stays the same over restarts; its token does not. */
class Service {
  address = null
  child = null

  async start(args) {
    const port = this.address?.port ?? '0'
    const script = join(root, 'src-main', 'cli', 'main.ts')
    this.child = spawn(pinnedNode(), [script, 'serve', '--json', '--port', port, ...args], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    this.address = await addressFrom(this.child, this.address)
  }

  async stop() {
    const { child } = this
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill()
    await ended
  }

  /** A project without a name returns by itself, so a restart does not name the file of the first start again. */
  async restart() {
    await this.stop()
    await this.start([])
  }
}

/** The address that the service prints, or the former one where it ends first, as after an edit that does not run. */
function addressFrom(child, former) {
  return new Promise((resolve) => {
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (output.includes('\n')) resolve(new URL(JSON.parse(output).address))
    })
    child.once('error', () => resolve(former))
    child.once('exit', () => resolve(former))
  })
}

/**
 * Passes requests on to the service. The service accepts its own token and its own origin only; both are put in place of
 * the window's, and only where the request brings the window's token from the window's own origin.
 */
function passOn(service, token, traffic) {
  const target = service.address.origin
  const adapt = (request, { headers }) => {
    const url = new URL(request.path, target)
    const isOurs = headers.origin === undefined || headers.origin === `http://${headers.host}`
    if (!isOurs || url.searchParams.get('token') !== token) return
    url.searchParams.set('token', service.address.searchParams.get('token'))
    request.path = url.pathname + url.search
    if (headers.origin !== undefined) request.setHeader('origin', target)
  }
  return {
    target,
    changeOrigin: true,
    ws: traffic === 'socket',
    configure: (proxy) => proxy.on('proxyReq', adapt).on('proxyReqWs', adapt)
  }
}

function serveWindow(service, token) {
  return createServer({
    configFile: false,
    root: join(root, 'src-renderer'),
    cacheDir: join(root, 'out', 'vite'),
    plugins: [svelte()],
    logLevel: 'warn',
    server: {
      host: '127.0.0.1',
      fs: { allow: [root, realpathSync(join(root, 'node_modules'))] },
      proxy: { '/ws': passOn(service, token, 'socket'), '/upload': passOn(service, token, 'requests') }
    }
  })
}

/** Calls `changed` once after each burst of edits below the folders. */
function onEdit(folders, changed) {
  let timer
  return folders.map((folder) =>
    watch(join(root, folder), { recursive: true }, (_event, name) => {
      if (!name?.endsWith('.ts')) return
      clearTimeout(timer)
      timer = setTimeout(changed, settleMs)
    })
  )
}

const kernels = await runNode([join(root, 'scripts', 'build-native.mjs')])
if (kernels.code !== 0) process.exit(kernels.code)
// The service looks for a built window when it starts, even where Vite serves another one.
if (!existsSync(join(root, 'out', 'renderer', 'index.html'))) await ensureBuilt()

const service = new Service()
let work = service.start(process.argv.slice(2))
let server = null
let watchers = []

async function end(code) {
  for (const watcher of watchers) watcher.close()
  await server?.close()
  await service.stop()
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void end(0))

await work
if (!service.address) fail('The service does not start; its message is above.')
const token = randomBytes(24).toString('base64url')
server = await serveWindow(service, token)
await server.listen()
watchers = onEdit(['src-main', 'src-shared'], () => {
  work = work.then(async () => {
    console.error('The sources changed; the service starts again.')
    await service.restart()
  })
})
const address = `http://127.0.0.1:${server.httpServer.address().port}/?token=${token}`
console.log(`The window is at ${address}`)
if (process.stdout.isTTY) openBrowser(address)
