/**
 * TypeScript turns `./x.ts` into `./x.js` in imports, but not in `new URL('./x.ts', import.meta.url)`, which is how workers
 * are named: this does, in the folder that its argument names.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]!
for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.js')) continue
  const path = join(folder, name)
  const before = readFileSync(path, 'utf8')
  const after = before.replace(/(new URL\('\.\/[\w./-]+)\.ts('[,\s]+import\.meta\.url)/g, '$1.js$2')
  if (after !== before) writeFileSync(path, after)
}
