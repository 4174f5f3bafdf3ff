import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { offlineFiles } from './offline-files.ts'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Headers that make a page cross-origin isolated, which threads need; `public/_headers` says the same to hosts of static files. */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

export default defineConfig({
  root: path('.'),
  // The folder may be put anywhere on a host.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // The development server moves what it optimizes away from its workers and .wasm files.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  worker: { format: 'es' },
  plugins: [offlineFiles()],
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: { index: path('index.html'), 'service-worker': path('src/offline/service-worker.ts') },
      // A service worker governs the folder that it lies in, and is found by its name.
      output: { entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
  server: { headers, fs: { allow: ['../..'] } },
  preview: { headers },
})
