// `npx pnpm@12 exec tsx benchmarks/src/gpu/pack.ts ARCHIVE.tar.xz`: an archive that measures a GPU on Linux x64 without Node, package
// manager or network: node, the engine's library, sharp, Vulkan's loader, one bundle of ours, and `run.sh`.
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
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_RUNTIME = fileURLToPath(new URL('../../../packages/runtime-node/src/', import.meta.url))
const LOADER = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1'
/** Packages with files of their own, which stay out of the bundle. */
const APART = ['onnxruntime-node', 'onnxruntime-common', 'sharp', 'tinypool']
/** Packages of an install script, and of platforms other than this. */
const LEFT_OUT = ['adm-zip', 'global-agent']

const archive = process.argv[2] ?? 'dinokit-gpu.tar.xz'
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

mkdirSync(join(home, 'node_modules'), { recursive: true })
await build({
  entryPoints: {
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
writeFileSync(
  join(home, 'run.sh'),
  '#!/bin/sh\n# Measures a GPU beside the processor: ./run.sh --out device.json (see --help).\nhere=$(cd "$(dirname "$0")" && pwd)\nexport LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\nexec "$here/node" "$here/measure-device.mjs" "$@"\n',
)
chmodSync(join(home, 'run.sh'), 0o755)
execFileSync('tar', ['-C', folder, '-caf', archive, 'dinokit-gpu'], { env: { ...process.env, XZ_OPT: '-2 -T0' } })
rmSync(folder, { recursive: true })
