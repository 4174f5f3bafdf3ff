/**
 * Rewrites `./x.ts` to `./x.js` in what TypeScript emitted into the folder that the argument names. TypeScript does so only in
 * part: not in `new URL('./x.ts', import.meta.url)`, which is how workers are named, not in declarations, and not in an
 * `import()` inside of what it made anew, such as the body of a function with `await using` (it looks for imports by their
 * position in the source, and new nodes have none). Both endings are of one length, so source maps stay right.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressesIn } from './addresses-in.ts'

const folder = process.argv[2]!
for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  if (!/\.(js|d\.ts)$/.test(name)) continue
  const path = join(folder, name)
  let text = readFileSync(path, 'utf8')
  for (const { address, end } of addressesIn(path, text)) {
    if (/^\.\.?\/.*(?<!\.d)\.ts$/.test(address)) text = `${text.slice(0, end - '.ts'.length)}.js${text.slice(end)}`
  }
  if (text !== readFileSync(path, 'utf8')) writeFileSync(path, text)
}
