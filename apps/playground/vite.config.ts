import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** What makes a page cross-origin isolated, which threads need; `public/_headers` says the same to hosts of static files. */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The folder may be put anywhere on a host.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // The development server moves what it optimises away from its workers and .wasm files.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  worker: { format: 'es' },
  build: { target: 'es2022', chunkSizeWarningLimit: 1000 },
  server: { headers, fs: { allow: ['../..'] } },
  preview: { headers },
})
