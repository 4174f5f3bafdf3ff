/**
 * Bundles LanceDB's JavaScript into dist, and lets what was emitted import it from there: depending on @lancedb/lancedb
 * itself installs its optional dependencies too, among them a second engine and a library for models (340 MB) for embedding
 * functions that stores do not use. Its native parts are optional dependencies of this package.
 */
import { build } from 'esbuild'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const NAME = '@lancedb/lancedb'
const folder = fileURLToPath(new URL('../', import.meta.url))
const dist = join(folder, 'dist')
const bundle = join(dist, 'lancedb.js')

const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly dependencies: object }
await build({
  stdin: { contents: `export { connect, Index, Session } from '${NAME}'`, resolveDir: folder },
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  legalComments: 'eof',
  external: [...Object.keys(dependencies), `${NAME}-*`, '*.node', '@huggingface/transformers', 'openai'],
  banner: { js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)" },
  logLevel: 'warning',
})

for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  const path = join(dist, name)
  if (!name.endsWith('.js') || path === bundle) continue
  const here = `./${relative(dirname(path), bundle).split(sep).join('/')}`.replace('./../', '../')
  const text = readFileSync(path, 'utf8')
  const bound = text.replaceAll(`from '${NAME}'`, `from '${here}'`)
  if (bound !== text) writeFileSync(path, bound)
}
