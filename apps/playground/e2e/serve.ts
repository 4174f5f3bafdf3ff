import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'

/** The app, built and served as a host of static files would. */
export interface ServedApp {
  readonly url: string
  close(): Promise<void>
}

const configFile = fileURLToPath(new URL('../vite.config.ts', import.meta.url))

/** Builds the app into a folder of its own; whoever asked for it removes it. */
export async function buildApp(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'dinokit-playground-'))
  // The test runner's own would make Vite build for development.
  process.env.NODE_ENV = 'production'
  await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true, reportCompressedSize: false } })
  return outDir
}

/**
 * Serves the built app.
 *
 * @param outDir - of {@link buildApp}
 * @param isolated - whether the page is to be cross-origin isolated, as threads need. Default true
 */
export async function serveApp(outDir: string, isolated = true): Promise<ServedApp> {
  const server = await preview({
    configFile,
    logLevel: 'error',
    build: { outDir },
    preview: { port: 0, host: 'localhost', ...(!isolated && { headers: NOT_ISOLATED }) },
  })
  return { url: server.resolvedUrls!.local[0]!, close: () => server.close() }
}

const NOT_ISOLATED = { 'Cross-Origin-Opener-Policy': 'unsafe-none', 'Cross-Origin-Embedder-Policy': 'unsafe-none' }
