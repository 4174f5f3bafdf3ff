import { build, type Plugin as EsbuildPlugin } from 'esbuild'
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import type { Plugin } from 'vite'

/** Packages that find their own files by their address, and thus stay as they are. */
const EXTERNAL = /^(onnxruntime-web|@jsquash|@lancedb)(\/|$)/

/**
 * Makes one file of each web worker of the tests, as an app's bundler does. Vite serves a worker's modules one by one, about
 * 160 of them, for every worker that is started: the tests start hundreds.
 */
export function bundleWorkers(): Plugin {
  return {
    name: 'bundle-workers',
    enforce: 'pre',
    async load(id) {
      const [file = '', query = ''] = id.split('?')
      if (!new URLSearchParams(query).has('worker_file')) return null
      const { outputFiles, metafile } = await build({
        entryPoints: [file],
        bundle: true,
        write: false,
        metafile: true,
        format: 'esm',
        target: 'esnext',
        plugins: [leaveExternal, keepAddresses(file)],
        logLevel: 'silent',
      })
      for (const input of Object.keys(metafile.inputs)) this.addWatchFile(resolve(input))
      return outputFiles[0]!.text
    },
  }
}

/** Names external packages by their file: the worker's own package may not know them. */
const leaveExternal: EsbuildPlugin = {
  name: 'leave-external',
  setup(esbuild) {
    esbuild.onResolve({ filter: EXTERNAL }, async ({ path, kind, resolveDir, pluginData }) => {
      if (pluginData === leaveExternal) return undefined
      const found = await esbuild.resolve(path, { kind, resolveDir, pluginData: leaveExternal })
      return { path: found.path, external: true }
    })
  },
}

/** Addresses that a module makes of its own: of assets, and of workers that it starts, which Vite finds by this very form. */
const OWN_ADDRESS = /new URL\('(\.[^']+)', import\.meta\.url\)/g

/** Makes addresses that a module makes of its own relative to the worker's file, which it became a part of. */
function keepAddresses(worker: string): EsbuildPlugin {
  return {
    name: 'keep-addresses',
    setup(esbuild) {
      esbuild.onLoad({ filter: /packages\/.*\/src\/.*\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8')
        const from = (address: string): string => relative(dirname(worker), resolve(dirname(path), address)).replaceAll('\\', '/')
        const contents = source.replace(OWN_ADDRESS, (_, address: string) => `new URL('./${from(address)}', import.meta.url)`)
        return { contents, loader: 'ts' }
      })
    },
  }
}
