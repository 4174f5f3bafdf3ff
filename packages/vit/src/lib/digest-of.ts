import { fromFloat16, toBfloat16, toFloat16 } from '@dinokit/checkpoint'
import type { ModelCard, RoundedDigests } from '@dinokit/core'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { listParameters, type ParameterReader } from '../parameters.ts'

/** Values of each parameter that the digest covers. */
const DIGESTED = 256

/**
 * The weights' digest: sha256 over each parameter's name, shape and first {@link DIGESTED} values as float32. Any
 * retraining changes them; reading them takes milliseconds even where all the weights are gigabytes; and the same
 * weights have the same digest in Meta's and in Hugging Face's layout. And the digests that they have once they are rounded to 16
 * bits, to nearest, ties to even, as PyTorch does it: those of their copies in float16 and bfloat16.
 */
export async function digestOf(
  card: ModelCard,
  parameters: ParameterReader,
): Promise<{ readonly digest: string; readonly rounded: RoundedDigests }> {
  const [float32, float16, bfloat16] = [sha256.create(), sha256.create(), sha256.create()]
  const text = new TextEncoder()
  const known = listParameters(card.architecture).filter(({ name }) => parameters.has(name))
  // All at once: what takes time is the way to the file, not the few values.
  const heads = await Promise.all(known.map(({ name }) => parameters.read(name, 0, DIGESTED)))
  known.forEach(({ name, shape }, index) => {
    const title = text.encode(`${name} ${shape.join('x')}\n`)
    const values = heads[index]!
    for (const [hash, given] of [
      [float32, values],
      [float16, fromFloat16(toFloat16(values))],
      [bfloat16, toBfloat16(values)],
    ] as const)
      hash.update(title).update(new Uint8Array(given.buffer, given.byteOffset, given.byteLength))
  })
  return {
    digest: bytesToHex(float32.digest()),
    rounded: { float16: bytesToHex(float16.digest()), bfloat16: bytesToHex(bfloat16.digest()) },
  }
}
