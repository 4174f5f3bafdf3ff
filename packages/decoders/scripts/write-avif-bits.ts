/**
 * Writes goldens/numbers/decode/avif-bits.json: digests of what the decoder makes of AVIF files in Node. Tests hold both runtimes to them, so
 * that each has the other's bits; that the pixels are right, they learn of Pillow's (goldens/make_images.py).
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { decodeAvif } from '../src/index.ts'

const root = new URL('../../../', import.meta.url)
const odd = new URL('../shared/data/', root)

async function digest(name: string, file: URL): Promise<readonly [string, string]> {
  const { data } = await decodeAvif(name, readFileSync(file))
  return [name, createHash('sha256').update(data).digest('hex')]
}

const digests: (readonly [string, string])[] = []
const committed = new URL('goldens/numbers/decode/', root)
for (const name of readdirSync(committed)) if (name.endsWith('.avif')) digests.push(await digest(name, new URL(name, committed)))
if (existsSync(odd)) {
  for (const name of Object.keys(JSON.parse(readFileSync(new URL('goldens/numbers/decode/odd.json', root), 'utf8')) as object))
    if (name.endsWith('.avif')) digests.push(await digest(name, new URL(name, odd)))
}
writeFileSync(new URL('goldens/numbers/decode/avif-bits.json', root), `${JSON.stringify(Object.fromEntries(digests), null, 1)}\n`)
