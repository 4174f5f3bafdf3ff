/**
 * Builds dist/standalone: dinokit for pages without a bundler, `<script type="module">` alone. onnxruntime's .wasm files
 * and the embedded weights are not copied: they are taken from their packages beside this one in node_modules, which the
 * page's server must serve.
 */
import { build, type Metafile, type Plugin } from 'esbuild'
import { readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
/** From dist/standalone to node_modules. */
const MODULES = '../../../'

/** Names files by where they are when this is installed. */
const addresses: Plugin = {
  name: 'addresses',
  setup(build) {
    build.onLoad({ filter: /runtime-web[/\\]src[/\\].*\.ts$/ }, async ({ path }) => ({
      loader: 'ts',
      contents: (await readFile(path, 'utf8')).replaceAll(/new URL\('\.\/([\w-]+)\.ts'/g, "new URL('./$1.js'"),
    }))
    build.onLoad({ filter: /model-tiny[/\\]src[/\\].*index\.ts$/ }, async ({ path }) => ({
      loader: 'ts',
      contents: (await readFile(path, 'utf8')).replaceAll(/'(?:\.\.\/)+assets\//g, `'${MODULES}@dinokit/model-tiny/assets/`),
    }))
    build.onLoad({ filter: /onnxruntime-web[/\\]dist[/\\].*\.mjs$/ }, async ({ path }) => ({
      loader: 'js',
      contents: (await readFile(path, 'utf8')).replaceAll(/new URL\("(ort-[\w.-]+\.wasm)"/g, `new URL("${MODULES}onnxruntime-web/dist/$1"`),
    }))
  },
}

/** Stands for a page that uses a part. */
const USED = 'used-of-dinokit'

/** A page that uses a part. */
function usedOnly(contents: string): Plugin {
  return {
    name: 'used',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${USED}$`) }, () => ({ path: USED, namespace: USED }))
      build.onLoad({ filter: /./, namespace: USED }, () => ({ contents, resolveDir: path('..') }))
    },
  }
}

/**
 * Builds it.
 *
 * @param outdir - where to
 * @param use - what a page uses of it, as an import of dinokit; default: everything
 * @returns what is in it
 */
export async function buildStandalone(outdir: string, use?: string): Promise<Metafile> {
  await rm(outdir, { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints: {
      dinokit: use === undefined ? path('../src/browser.ts') : USED,
      'session-worker': path('../../runtime-web/src/session/session-worker.ts'),
      'decode-worker': path('../../runtime-web/src/images/decode-worker.ts'),
    },
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['browser'],
    plugins: [addresses, ...(use === undefined ? [] : [usedOnly(use)])],
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildStandalone(path('../dist/standalone'))
