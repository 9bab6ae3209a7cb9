import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'electron-vite'
import { resolve } from 'node:path'

// Everything that runs in Node is one build: the desktop shell, the service it spawns, the command line, and the
// workers, each its own entry, side by side in out/main so that a worker is found beside whoever starts it.
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      rollupOptions: {
        input: {
          electron: resolve('src-main/electron/main.ts'),
          service: resolve('src-main/service/process.ts'),
          job: resolve('src-main/service/jobs/job.ts'),
          cli: resolve('src-main/cli/main.ts'),
          'tensorflow-probe': resolve('src-main/gnn/engines/tensorflow/probe.ts'),
          'catalog-worker': resolve('src-main/catalog/load-worker.ts'),
          'task-worker': resolve('src-main/service/workspace/task-worker.ts'),
          'project-worker': resolve('src-main/project/check-worker.ts'),
          'search-worker': resolve('src-main/symbolic/search/search-worker.ts'),
          'fit-worker': resolve('src-main/symbolic/regression/fit-worker.ts')
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' }
      }
    }
  },
  preload: {
    build: {
      outDir: 'out/preload',
      rollupOptions: {
        input: { index: resolve('src-preload/index.ts') },
        // A sandboxed preload must be CommonJS.
        output: { format: 'cjs', entryFileNames: '[name].cjs' }
      }
    }
  },
  renderer: {
    root: 'src-renderer',
    base: './',
    build: { outDir: 'out/renderer', minify: true, rollupOptions: { input: resolve('src-renderer/index.html') } },
    plugins: [svelte()]
  }
})
