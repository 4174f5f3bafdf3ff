import { nodeResolve } from '@rollup/plugin-node-resolve'
import { build as esbuild } from 'esbuild'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rollup } from 'rollup'
import { build as vite } from 'vite'
import webpack from 'webpack'

/** Builds main.js of a folder that has dinokit in its node_modules; returns the folder that is to be served. */
export type Bundle = (folder: string) => Promise<string>

/** Entries that docs/bundlers.md has for esbuild and Rollup: workers are entries of their own, beside the page's. */
const ENTRIES = {
  main: './main.js',
  'session-worker': '@dinokit/runtime-web/session-worker',
  'decode-worker': '@dinokit/runtime-web/decode-worker',
}

const page = (attributes: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>check</title><link rel="icon" href="data:,"></head><body><script ${attributes} src="/main.js"></script></body></html>`

/** A page with main.js as a module. */
export const MODULE_PAGE = page('type="module"')

/** Bundles by Vite, with nothing set but where. */
export const byVite: Bundle = async (folder) => {
  writeFileSync(join(folder, 'index.html'), MODULE_PAGE)
  await vite({ root: folder, logLevel: 'error', configFile: false })
  return join(folder, 'dist')
}

/** Bundles by webpack, with nothing set but where. */
export const byWebpack: Bundle = async (folder) => {
  const out = join(folder, 'webpack')
  await new Promise<void>((done, fail) =>
    webpack({ mode: 'production', context: folder, entry: './main.js', output: { path: out } }, (error, stats) =>
      (error ?? stats?.hasErrors()) ? fail(error ?? new Error(stats!.toString('errors-only'))) : done(),
    ),
  )
  writeFileSync(join(out, 'index.html'), page('defer'))
  return out
}

/** Bundles by esbuild, with nothing set but where. */
export const byEsbuild: Bundle = async (folder) => {
  const out = join(folder, 'esbuild')
  await esbuild({ absWorkingDir: folder, entryPoints: ['./main.js'], bundle: true, outdir: out, logLevel: 'error' })
  writeFileSync(join(out, 'index.html'), page('defer'))
  return out
}

/** Bundles by esbuild, as docs/bundlers.md says. */
export const byEsbuildSet: Bundle = async (folder) => {
  const out = join(folder, 'esbuild-set')
  const entryPoints = ENTRIES
  await esbuild({ absWorkingDir: folder, entryPoints, bundle: true, splitting: true, format: 'esm', outdir: out, logLevel: 'error' })
  return addFiles(folder, out)
}

/** Bundles by Rollup, which packs no packages without its plugin. */
export const byRollup: Bundle = async (folder) => {
  const out = join(folder, 'rollup')
  const made = await rollup({
    input: join(folder, 'main.js'),
    plugins: [nodeResolve({ browser: true, rootDir: folder })],
    onwarn: () => {},
  })
  await made.write({ dir: out })
  writeFileSync(join(out, 'index.html'), MODULE_PAGE)
  return out
}

/** Bundles by Rollup, as docs/bundlers.md says. */
export const byRollupSet: Bundle = async (folder) => {
  const out = join(folder, 'rollup-set')
  const plugins = [nodeResolve({ browser: true, rootDir: folder })]
  const made = await rollup({ input: { ...ENTRIES, main: join(folder, 'main.js') }, plugins, onwarn: () => {} })
  await made.write({ dir: out })
  return addFiles(folder, out)
}

/** The files beside the modules, which these bundlers do not emit. */
function addFiles(folder: string, out: string): string {
  const modules = join(folder, 'node_modules')
  cpSync(join(modules, '@dinokit/model-tiny/assets'), join(out, 'assets'), { recursive: true })
  for (const kind of ['', '.asyncify']) {
    const name = `ort-wasm-simd-threaded${kind}.wasm`
    cpSync(join(modules, 'onnxruntime-web/dist', name), join(out, name))
  }
  writeFileSync(join(out, 'index.html'), MODULE_PAGE)
  return out
}
