import { build, preview, type PreviewServer } from 'vite'

/**
 * Builds a page and serves it as users' pages are: with what threads need and what lets the browser keep the files, whose names have
 * their digests. What is put into the folder later is served too.
 *
 * @param root - folder of index.html
 * @param folder - what is built goes there
 */
export async function servePage(root: string, folder: string): Promise<PreviewServer> {
  const common = { root, configFile: false, logLevel: 'error', build: { outDir: folder, emptyOutDir: false, target: 'es2022' } } as const
  await build({ ...common, worker: { format: 'es' } })
  const headers = {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cache-Control': 'public, max-age=31536000, immutable',
  }
  return preview({ ...common, preview: { headers } })
}
