import type { ModelCard } from 'dinokit'
import { readFile } from 'node:fs/promises'

/** Makes a file of weights say what they are, as the files that dinokit writes do. */
export async function withCard(weights: URL | string, card: ModelCard): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const file = await readFile(weights)
  const end = 8 + Number(file.readBigUInt64LE())
  const header = JSON.parse(file.toString('utf8', 8, end)) as Record<string, unknown>
  const written = Buffer.from(JSON.stringify({ ...header, __metadata__: { 'dinokit.card': JSON.stringify(card) } }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(written.length))
  return { name: 'model.safetensors', mimeType: '', buffer: Buffer.concat([length, written, file.subarray(end)]) }
}
