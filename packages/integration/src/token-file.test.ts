import { writeSafetensors } from '@dinokit/checkpoint'
import { sampleTokens } from '@dinokit/conformance'
import { ownGoldens } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { findModelCard, readTokenFile, tensor, tokenFile, type AnyTensor, type Tokens } from 'dinokit'

const size = (side: number): { readonly width: number; readonly height: number } => ({ width: side, height: side })
const placement = { source: size(60), resized: size(30), left: 1, top: -2, input: { width: 28, height: 42 } }
const outputs = { layers: [3, 12], rawLayers: [2], attention: [12], facets: [11] }
const tokens: Tokens = {
  ...sampleTokens(findModelCard('tiny'), placement, outputs),
  pixels: { width: 28, height: 42, data: Uint8Array.from({ length: 28 * 42 * 3 }, (_, index) => index % 251) },
}

/** A file of so much of the tokens, with other metadata. */
function file(metadata: Readonly<Record<string, string>>, changes: Readonly<Record<string, AnyTensor | undefined>> = {}): Uint8Array {
  const { cls, registers, patches } = tokens
  const tensors = Object.entries({ cls, registers, patches, ...changes }).filter(([, value]) => value !== undefined)
  const about = { fingerprint: JSON.stringify(tokens.fingerprint), placement: JSON.stringify(placement), ...metadata }
  return writeSafetensors(Object.fromEntries(tensors), about)
}

test('gives back every tensor, the placement and the fingerprint that were written', async () => {
  expect(await readTokenFile(tokenFile(tokens))).toEqual(tokens)
  const { cls, registers, patches, fingerprint, timing } = tokens
  const least = {
    cls,
    embedding: cls,
    registers,
    patches,
    placement,
    fingerprint,
    timing,
    layers: {},
    rawLayers: {},
    attention: {},
    facets: {},
  }
  expect(await readTokenFile(tokenFile(least))).toEqual(least)
})

test('reads what an earlier dinokit wrote, and writes it as a file of today', async () => {
  const bytes = await ownGoldens.read('old/tokens-1.safetensors')
  const expected = await ownGoldens.tensors('old/tokens-1.safetensors')
  const old = await readTokenFile(bytes)
  expect(old.fingerprint).toMatchObject({ model: 'tiny', precision: 'float32', interpolation: 'offset' })
  expect(old.placement).toMatchObject({ source: { width: 451, height: 300 }, input: { width: 28, height: 28 } })
  const { cls, registers, patches, attention, pixels } = old
  const named: Record<string, unknown> = { cls, registers, patches, attention12: attention[12] }
  for (const layer of [6, 12]) for (const [kind, of] of Object.entries(old.layers[layer]!)) named[`layer${layer}.${kind}`] = of
  named.pixels = { dtype: 'uint8', data: pixels!.data, shape: [28, 28, 3] }
  expect(named).toEqual(expected)
  expect(await readTokenFile(tokenFile(old))).toEqual(old)
})

describe('rejects what is no token file', () => {
  test.each<[string, Uint8Array, string, RegExp]>([
    ['of a newer version', file({ 'dinokit.tokens': '{"version":3}' }), 'contract-mismatch', /newer dinokit.*version 2 or earlier/],
    ['of no version', file({ 'dinokit.tokens': '{}' }), 'checkpoint-invalid', /version/],
    ['without a fingerprint', file({ fingerprint: 'null' }), 'checkpoint-invalid', /fingerprint/],
    ['whose placement is not JSON', file({ placement: '{' }), 'checkpoint-invalid', /placement/],
    ['without patches', file({}, { patches: undefined }), 'tensor-missing', /patches/],
    ['of another width', file({}, { registers: tensor('float32', new Float32Array(8), [2, 4]) }), 'tensor-invalid', /\[any, 192\]/],
    ['of half a layer', file({}, { 'layer3.cls': tokens.cls }), 'tensor-missing', /layer3\.registers/],
    ['of weights', writeSafetensors({ weight: tokens.cls }, {}), 'checkpoint-invalid', /fingerprint/],
  ])('holds for %s', async (_, bytes, code, message) => {
    const error: unknown = await readTokenFile(bytes, 'mine.safetensors').catch((cause: unknown) => cause)
    expect(error).toMatchObject({ name: 'DinokitError', code, message: expect.stringMatching(message) as string })
    expect((error as Error).message).toContain('mine.safetensors')
  })
})
