/**
 * Puts the JavaScript around AVIF's decoder into dist, and lets what was emitted import it from there: depending on
 * @jsquash/avif installs its encoders too, 7 MB that nothing here calls. The decoder's module is embedded already, so the
 * address of the package's own is taken out: bundlers would follow it. Licenses go along.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const NAME = '@jsquash/avif/codec/dec/avif_dec.js'
const ADDRESS = /new URL\("avif_dec\.wasm",\s*import\.meta\.url\)\.href/g

const require = createRequire(import.meta.url)
const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))

/** Replaces what must be there once. */
function replaceOnce(text: string, found: RegExp | string, by: string): string {
  const parts = text.split(found)
  if (parts.length !== 2) throw new Error(`${String(found)} is there ${parts.length - 1} times, not once.`)
  return parts.join(by)
}

const glue = await readFile(require.resolve(NAME), 'utf8')
const banner = '/* @jsquash/avif, Apache-2.0: licenses/jsquash-avif.txt. Changed: the address of its module is taken out. */\n'
await writeFile(path('dist/lib/avif-glue.js'), banner + replaceOnce(glue, ADDRESS, '""'))

const caller = path('dist/lib/avif-decoder.js')
await writeFile(caller, replaceOnce(await readFile(caller, 'utf8'), `'${NAME}'`, "'./avif-glue.js'"))

await mkdir(path('dist/licenses'), { recursive: true })
await copyFile(require.resolve('@jsquash/avif/LICENSE'), path('dist/licenses/jsquash-avif.txt'))
await copyFile(path('../../NOTICE'), path('dist/licenses/NOTICE'))
