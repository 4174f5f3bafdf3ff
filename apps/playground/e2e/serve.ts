import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, preview } from 'vite'

/** The app, built and served as a host of static files would. */
export interface ServedApp {
  readonly url: string
  close(): Promise<void>
}

const configFile = new URL('../vite.config.ts', import.meta.url).pathname

/** Builds the app into a folder of its own and serves it. */
export async function serveApp(): Promise<ServedApp> {
  const outDir = await mkdtemp(join(tmpdir(), 'dinokit-playground-'))
  await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true, reportCompressedSize: false } })
  const server = await preview({ configFile, logLevel: 'error', build: { outDir }, preview: { port: 0, host: 'localhost' } })
  return {
    url: server.resolvedUrls!.local[0]!,
    async close() {
      await server.close()
      await rm(outDir, { recursive: true, force: true })
    },
  }
}
