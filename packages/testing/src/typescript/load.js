// Reads TypeScript for Node, which Node 20 can't do by itself. Nothing is resolved here: our sources name files as they are.
// tsx resolves too, which takes a second of processor time for each program that a test starts; this takes half.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const OPTIONS = { loader: 'ts', format: 'esm', target: 'node20', tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } } }
const KEPT = fileURLToPath(new URL('../../../../node_modules/.cache/dinokit-typescript/', import.meta.url))
const VERSION = JSON.stringify([require('esbuild/package.json').version, OPTIONS])

/** Node's hook: JavaScript for a TypeScript file, all else by the next hook. */
export function load(url, context, next) {
  if (!url.startsWith('file:') || !new URL(url).pathname.endsWith('.ts')) return next(url, context)
  return { format: 'module', source: readJavaScript(fileURLToPath(url)), shortCircuit: true }
}

function readJavaScript(path) {
  const typescript = readFileSync(path, 'utf8')
  const kept = `${KEPT}${createHash('sha256').update(VERSION).update(typescript).digest('hex')}.js`
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const { code } = require('esbuild').transformSync(typescript, { ...OPTIONS, sourcefile: path })
    keep(kept, code)
    return code
  }
}

/** Keeps what was made for the next program; another may write the same at once, and some users may not write here. */
function keep(kept, code) {
  const temporary = `${kept}.${process.pid}.${Math.random()}`
  try {
    mkdirSync(KEPT, { recursive: true })
    writeFileSync(temporary, code)
    renameSync(temporary, kept)
  } catch {
    // It is made anew each time.
  }
}
