import { openTensorFile, type TensorFile } from '@dinokit/checkpoint'
import { bytesSource, tensor, type AnyTensor, type Tensor } from '@dinokit/core'
import { goldenFolders, largestDifference, ownGoldens } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { canonicalFile } from './forms/canonical-file.ts'
import { inferCard } from './infer-card.ts'
import { listParameters } from './parameters.ts'
import { rotaryFile } from './rotary/rotary-file.ts'
import { openGolden } from './testing/open-golden.ts'
import { parameterGradients } from './testing/parameter-gradients.ts'

/** Largest difference, as a share of the largest value of each tensor. */
const LIMIT = 1e-4

async function tensorsOf({ tensors }: TensorFile, names: readonly string[]): Promise<Record<string, Tensor>> {
  const read = async (name: string): Promise<[string, Tensor]> => {
    const stored = tensors.get(name)!
    return [name, tensor('float32', await stored.readFloat32(), stored.shape)]
  }
  return Object.fromEntries(await Promise.all(names.map(read)))
}

function expectNear(name: string, actual: AnyTensor, wanted: AnyTensor): void {
  const largest = (wanted.data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  expect(actual.shape, name).toEqual(wanted.shape)
  const apart = largestDifference(actual.data as Float32Array, wanted.data as Float32Array)
  expect(apart === 0 ? 0 : apart / largest, name).toBeLessThanOrEqual(LIMIT)
}

describe.each(goldenFolders)('every parameter’s gradient through the whole network is PyTorch’s: $name', (folder) => {
  if (!folder.present) return test.skip('skips what is not here', () => {})
  test.each(['mlp', 'swiglu-reg4'])('holds for gradients-%s', async (variant) => {
    const { card } = await openGolden(folder, variant, 'meta.pth', 'meta')
    const expected = (await folder.tensors(`training/gradients-${variant}.safetensors`)) as Record<string, AnyTensor>
    const file = await openTensorFile(bytesSource('meta.pth', await folder.read(`backbone/${variant}/meta.pth`)))
    const names = listParameters(card.architecture)
      .map(({ name }) => name)
      .filter((name) => name !== 'mask_token')
    const { loss, gradients } = await parameterGradients(card, await tensorsOf(file, names), expected.pixels!, {
      cls: expected['cotangent.cls']!,
      patches: expected['cotangent.patches']!,
    })

    expect(names.length).toBe(Object.keys(expected).filter((name) => name.startsWith('grad.')).length)
    const wanted = (expected.loss!.data as Float32Array)[0]!
    expect(Math.abs(loss - wanted) / Math.max(1, Math.abs(wanted))).toBeLessThanOrEqual(LIMIT)
    for (const name of names) expectNear(name, gradients[name]!, expected[`grad.${name}`]!)
    await file.close()
  })
})

test.each(['huggingface', 'huggingface-gated'])('gives transformers’ gradients of a network with rotary positions: %s', async (variant) => {
  const open = async (name: string): Promise<TensorFile> =>
    openTensorFile(bytesSource(name, await ownGoldens.read(`dinov3/${variant}/${name}.safetensors`)))
  const json = async (name: string): Promise<Record<string, unknown>> =>
    JSON.parse(new TextDecoder().decode(await ownGoldens.read(`dinov3/${variant}/${name}.json`))) as Record<string, unknown>
  const file = canonicalFile(await rotaryFile(await open('model')))
  const card = inferCard(file, { id: variant, config: await json('config'), preprocessor: await json('preprocessor_config') })
  const names = listParameters(card.architecture)
    .map(({ name }) => name)
    .filter((name) => name !== 'mask_token')
  const expected = await open('gradients')
  // By transformers’ names, as the parameters are.
  const wanted = await tensorsOf(await rotaryFile(expected), names)
  const { cls, patches, loss } = await tensorsOf(expected, ['cls', 'patches', 'loss'])
  const images = (await ownGoldens.tensors('checkpoints/images.safetensors')) as Record<string, AnyTensor>
  const found = await parameterGradients(card, await tensorsOf(file, names), images.wide!, { cls: cls!, patches: patches! })
  expect(Math.abs(found.loss - loss!.data[0]!)).toBeLessThanOrEqual(LIMIT)
  const { dim } = card.architecture
  for (const name of names) {
    const biases = name.endsWith('.qkv.bias')
    // Keys have no bias there: the gradient of ours, which is 0 and is kept so, has nothing to be compared with.
    const known = ({ data, shape }: AnyTensor): AnyTensor =>
      biases
        ? tensor(
            'float32',
            (data as Float32Array).map((value, i) => (i >= dim && i < 2 * dim ? 0 : value)),
            shape,
          )
        : tensor('float32', data as Float32Array, shape)
    if (name !== 'pos_embed') expectNear(name, known(found.gradients[name]!), known(wanted[name]!))
  }
  await file.close()
})
