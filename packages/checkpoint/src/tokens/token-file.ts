import type { AnyTensor, LayerTokens, Tokens } from '@dinokit/core'
import { writeSafetensors } from '../write-safetensors.ts'

/** Under this name the metadata of a token file says its version, as JSON. */
export const TOKEN_FILE_KEY = 'dinokit.tokens'

/** Version of token files. Version 1 did not say its version. */
export const TOKEN_FILE_VERSION = 2

/**
 * An image's tokens as a safetensors file: `cls` [dim], `registers` [n][dim], `patches` [rows][columns][dim], `layer3.cls`,
 * `layer3.registers`, `layer3.patches` (after the final LayerNorm), `raw3.cls`, … (before it), `attention12` [heads][tokens][tokens], `query12`, `key12`, `value12` [tokens][dim],
 * `pixels` [height][width][channels]; those that the tokens hold; and `embedding`, where it is another vector than `cls`. The metadata has `fingerprint`, `placement` and `dinokit.tokens` (the
 * version) as JSON, and `model`, the model's id. `readTokenFile` reads it.
 *
 * @param tokens - of one image
 * @returns the file's bytes
 */
export function tokenFile(tokens: Tokens): Uint8Array {
  const { fingerprint, placement } = tokens
  return writeSafetensors(tokenTensors(tokens), {
    [TOKEN_FILE_KEY]: JSON.stringify({ version: TOKEN_FILE_VERSION }),
    model: fingerprint.model,
    fingerprint: JSON.stringify(fingerprint),
    placement: JSON.stringify(placement),
  })
}

/**
 * Returns all tensors of an image's tokens by the names that they have in a token file.
 *
 * @param tokens - of one image
 */
export function tokenTensors(tokens: Tokens): Record<string, AnyTensor> {
  const { cls, embedding, layers, rawLayers, attention, facets, pixels } = tokens
  const split = (prefix: string, { cls, registers, patches }: LayerTokens): Record<string, AnyTensor> => ({
    [`${prefix}cls`]: cls,
    [`${prefix}registers`]: registers,
    [`${prefix}patches`]: patches,
  })
  const tensors: Record<string, AnyTensor> = split('', tokens)
  for (const [layer, of] of Object.entries(layers)) Object.assign(tensors, split(`layer${layer}.`, of))
  for (const [layer, of] of Object.entries(rawLayers)) Object.assign(tensors, split(`raw${layer}.`, of))
  for (const [layer, map] of Object.entries(attention)) tensors[`attention${layer}`] = map
  for (const [layer, of] of Object.entries(facets))
    for (const [facet, tensor] of Object.entries(of)) tensors[`${facet}${layer}`] = tensor as AnyTensor
  if (embedding !== cls) tensors.embedding = embedding
  if (pixels) tensors.pixels = { dtype: 'uint8', data: pixels.data, shape: [pixels.height, pixels.width, pixels.channels ?? 3] }
  return tensors
}
