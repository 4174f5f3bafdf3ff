import { inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readWasm } from '../scripts/embed-wasm.ts'
import { AVIF_WASM } from './lib/avif-wasm.generated.ts'
import { JPEG_WASM } from './lib/jpeg-wasm.generated.ts'

test.each([
  ['avif', AVIF_WASM],
  ['jpeg', JPEG_WASM],
] as const)('embeds the decoder that the npm package has: %s', async (name, embedded) => {
  expect(inflateRawSync(Buffer.from(embedded, 'base64')).equals(await readWasm(name))).toBe(true)
})
