import { largestDifference, ownGoldens } from '@dinokit/testing'
import { classification, open, type CardFields, type ImageSource } from 'dinokit'
import { expect, test } from 'vitest'

const TOLERANCE = 1e-4
const modelOf = (channels: number): string => ownGoldens.address(`checkpoints/timm-channels-${channels}`).href

/** Mean and std of 13 channels, which the configuration says of three alone. */
const ramp = (first: number, step: number): number[] => Array.from({ length: 13 }, (_, channel) => first + step * channel)
const COLORS: CardFields = { mean: ramp(0.3, 0.02), std: ramp(0.2, 0.01) }

test.each([1, 4, 13])('gives timm’s tokens and logits of raw pixels of %i channels, and rejects other images', async (channels) => {
  const { image, pixels, tokens, logits } = await ownGoldens.tensors(`checkpoints/timm-channels-${channels}/expected.safetensors`)
  const [height, width] = image!.shape as [number, number]
  const raw = { data: image!.data as Uint8Array, width, height, channels }
  await using vision = await open({ model: modelOf(channels), card: channels === 13 ? COLORS : {}, heads: { classify: classification() } })
  const seen = await vision.embed(raw, { pixels: true })
  expect(seen.pixels).toMatchObject({ width: 32, height: 32, channels })
  expect(seen.pixels!.data).toEqual(pixels!.data)
  const given = Float32Array.from([...seen.cls.data, ...seen.patches.data])
  expect(largestDifference(given, tokens!.data as Float32Array)).toBeLessThanOrEqual(TOLERANCE)
  const answer = await vision.heads.classify(raw)
  expect(largestDifference(answer.logits.data, logits!.data as Float32Array)).toBeLessThanOrEqual(TOLERANCE)
  expect(vision.fingerprint()).toMatchObject({ card: 3, network: expect.stringContaining(`-channels${channels}`) as string })

  const refused = async (source: ImageSource, code: string, says: string): Promise<void> => {
    const error: unknown = await vision.embed(source).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code })
    expect(String(error)).toContain(says)
  }
  await refused({ data: new Uint8Array(32 * 32 * 3), width: 32, height: 32 }, 'image-unreadable', `height * width * ${channels}`)
  await refused(ownGoldens.address('decode/cmyk.jpg'), 'image-unsupported', `channels: ${channels} }`)
  const gray = vision.embed(ownGoldens.address('decode/gray.jpg'), { pixels: true })
  if (channels > 1) return await expect(gray).rejects.toMatchObject({ code: 'image-unsupported' })
  expect((await gray).pixels).toMatchObject({ channels: 1 })
})

test('rejects a model of 13 channels whose configuration has three means, saying what to add', async () => {
  const error: unknown = await open({ model: modelOf(13) }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'model-unsupported' })
  expect(String(error)).toContain('--card mean=N1,…,N13,std=N1,…,N13,')
  await expect(open({ model: modelOf(13), card: { mean: [0.5, 0.5], std: [0.5] } })).rejects.toMatchObject({ code: 'invalid-option' })
})
