import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { deflateRawSync } from 'node:zlib'

const FILES = {
  avif: '@jsquash/avif/codec/dec/avif_dec.wasm',
  jpeg: '@cwasm/jpeg-turbo/jpeg-turbo.wasm',
} as const

/** The decoders that are embedded. */
export const EMBEDDED = ['avif', 'jpeg'] as const

/** A decoder as its npm package has it. */
export async function readWasm(name: keyof typeof FILES): Promise<Uint8Array> {
  return readFile(createRequire(import.meta.url).resolve(FILES[name]))
}

/** A module whose constant is a decoder: deflated, in base64. */
export async function embedWasm(name: keyof typeof FILES): Promise<string> {
  const deflated = deflateRawSync(await readWasm(name), { level: 9 }).toString('base64')
  return `/** ${FILES[name]}, deflated by scripts/build-wasm.ts. */\nexport const ${name.toUpperCase()}_WASM =\n  '${deflated}'\n`
}
