// `npx pnpm@12 exec tsx benchmarks/src/gpu/pack.ts ARCHIVE.tar.xz [BROWSER]`: an archive that measures a GPU on Linux x64 without Node, package
// manager or network: node, the engine's library, sharp, Vulkan's loader, one bundle of ours, and `run.sh`. With a
// browser's executable, such as /usr/lib/chromium/headless_shell, that browser, its libraries and a page too.
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildStandalone } from '../../../packages/dinokit/scripts/build-standalone.ts'

const NODE_RUNTIME = fileURLToPath(new URL('../../../packages/runtime-node/src/', import.meta.url))
const WEB_RUNTIME = fileURLToPath(new URL('../../../packages/runtime-web/', import.meta.url))
/** Libraries that a system must have of its own. */
const OF_SYSTEM = /\/(?:ld-linux[^/]*|lib(?:c|m|dl|pthread|rt|resolv|util))\.so[^/]*$/
const LOADER = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1'
/** Packages with files of their own, which stay out of the bundle. */
const APART = ['onnxruntime-node', 'onnxruntime-common', 'sharp', 'tinypool']
/** Packages of an install script, and of platforms other than this. */
const LEFT_OUT = ['adm-zip', 'global-agent']

const [archive = 'dinokit-gpu.tar.xz', browser] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'dinokit-pack-'))
const home = join(folder, 'dinokit-gpu')

/** Copies a package and what it depends on into the archive's node_modules. */
function copyPackage(name: string, from: string): void {
  const target = join(home, 'node_modules', name)
  if (existsSync(target) || LEFT_OUT.includes(name)) return
  const paths = createRequire(join(from, 'package.json')).resolve.paths(name) ?? []
  const found = paths.map((path) => join(path, name)).find((path) => existsSync(path))
  // An optional one of another platform.
  if (found === undefined) return
  const source = realpathSync(found)
  const keep = (path: string): boolean =>
    !/\/bin\/napi-v6\/(?!linux(?:\/x64|$))[^/]+|\/napi-v6\/linux\/arm64|\.d\.[mc]?ts$|\.map$/.test(path.slice(source.length))
  cpSync(source, target, { recursive: true, filter: keep })
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >
  for (const other of Object.keys({ ...dependencies, ...optionalDependencies })) copyPackage(other, source)
}

/** Copies a browser with the libraries that it loads, but those of the C library, and a page that measures it. */
async function packBrowser(executable: string): Promise<void> {
  cpSync(dirname(executable), join(home, 'browser'), { recursive: true, dereference: true })
  symlinkSync(basename(executable), join(home, 'browser', 'start'))
  mkdirSync(join(home, 'browser-lib'))
  for (const [, path] of execFileSync('ldd', [executable], { encoding: 'utf8' }).matchAll(/=> (\/\S+)/g))
    if (!OF_SYSTEM.test(path!)) copyFileSync(realpathSync(path!), join(home, 'browser-lib', basename(path!)))
  const modules = join(home, 'page', 'node_modules')
  await buildStandalone(join(modules, 'dinokit', 'dist', 'standalone'))
  cpSync(fileURLToPath(new URL('../../../packages/model-tiny/assets/', import.meta.url)), join(modules, '@dinokit/model-tiny/assets'), {
    recursive: true,
  })
  const engine = join(dirname(createRequire(join(WEB_RUNTIME, 'package.json')).resolve('onnxruntime-web')))
  cpSync(engine, join(modules, 'onnxruntime-web', 'dist'), { recursive: true, filter: (path) => !/\.m?js$|\.map$/.test(path) })
  copyFileSync(fileURLToPath(new URL('page.html', import.meta.url)), join(home, 'page', 'page.html'))
}

mkdirSync(join(home, 'node_modules'), { recursive: true })
await build({
  entryPoints: {
    'measure-browser': fileURLToPath(new URL('measure-browser.ts', import.meta.url)),
    'measure-device': fileURLToPath(new URL('measure-device.ts', import.meta.url)),
    'image-worker': join(NODE_RUNTIME, 'images/image-worker.ts'),
  },
  outdir: home,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: APART,
  // Packages in CommonJS ask for what Node has; threads start from the file beside the bundle.
  banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
  plugins: [
    {
      name: 'threads',
      setup: (bundle) =>
        bundle.onLoad({ filter: /image-threads\.ts$/ }, ({ path }) => ({
          contents: readFileSync(path, 'utf8').replace('./image-worker.ts', './image-worker.mjs'),
          loader: 'ts',
        })),
    },
  ],
  logLevel: 'error',
})
for (const file of ['engine-process.js', 'session-worker.js']) copyFileSync(join(NODE_RUNTIME, 'engine', file), join(home, file))
// These are modules by the package that they are in.
writeFileSync(join(home, 'package.json'), JSON.stringify({ type: 'module' }))
for (const name of APART) copyPackage(name, dirname(NODE_RUNTIME))
copyFileSync(realpathSync(process.execPath), join(home, 'node'))
mkdirSync(join(home, 'lib'))
if (existsSync(LOADER)) copyFileSync(realpathSync(LOADER), join(home, 'lib', 'libvulkan.so.1'))
if (browser) await packBrowser(browser)
writeFileSync(
  join(home, 'run.sh'),
  '#!/bin/sh\n# Measures a GPU beside the processor: ./run.sh --out device.json (see --help).\nhere=$(cd "$(dirname "$0")" && pwd)\nexport LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\n"$here/node" "$here/measure-device.mjs" "$@"\n[ ! -e "$here/browser" ] || "$here/node" "$here/measure-browser.mjs" browser.json\n',
)
chmodSync(join(home, 'run.sh'), 0o755)
execFileSync('tar', ['-C', folder, '-caf', archive, 'dinokit-gpu'], { env: { ...process.env, XZ_OPT: '-2 -T0' } })
rmSync(folder, { recursive: true })
