import { largestDifference, ownGoldens } from '@dinokit/testing'
import { open, type ImageSource, type Tokens } from 'dinokit'
import { describe, expect, test } from 'vitest'

const FLOAT32 = 1e-4

/** Checkpoints as other libraries write them (goldens/make_checkpoints.py): what is to be opened, and how near the tokens are. */
const FORMS: readonly (readonly [what: string, path: string, tolerance: number])[] = [
  ['transformers 5, state_dict() in memory', 'transformers5-memory', FLOAT32],
  ['the same with SwiGLU and registers', 'transformers5-memory-swiglu', FLOAT32],
]

const pathOf = (path: string): string => ownGoldens.address(`checkpoints/${path}`).href

async function imageOf(size: string): Promise<ImageSource> {
  const { data, shape } = (await ownGoldens.tensors('checkpoints/images.safetensors'))[size]!
  return { data: data as Uint8Array, width: shape[2]!, height: shape[1]! }
}

function allTokens({ cls, registers, patches }: Tokens): Float32Array {
  return Float32Array.from([...cls.data, ...registers.data, ...patches.data])
}

describe.each(FORMS)('%s', (_, path, tolerance) => {
  test('its own library’s tokens', async () => {
    const expected = await ownGoldens.tensors(`checkpoints/${path.split('/')[0]}/expected.safetensors`)
    await using vision = await open({ model: pathOf(path) })
    for (const size of ['square', 'wide'].filter((size) => expected[size])) {
      const tokens = await vision.embed(await imageOf(size), { size: 'source' })
      expect(largestDifference(allTokens(tokens), expected[size]!.data as Float32Array), size).toBeLessThanOrEqual(tolerance)
    }
  })
})
