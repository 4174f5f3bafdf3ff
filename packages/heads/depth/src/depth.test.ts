import { sampleFingerprint, sampleTokens } from '@dinokit/conformance'
import { findModelCard, openHead, tensor, type AssetReference, type HeadHost, type Placement } from '@dinokit/core'
import { writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource } from '@dinokit/core'
import { createRuntime } from '#runtime'
import { expect, test } from 'vitest'
import { depth } from './depth.ts'
import { pointCloud } from './point-cloud.ts'

const card = findModelCard('dinov2_vits14')
const size = { width: 56, height: 42 }
const whole: Placement = { source: size, resized: size, left: 0, top: 0, input: size }
/** Linear head in Meta's layout: its bins are all but equal, so that the answer is near the middle of the range. */
const LINEAR = writeSafetensors({
  'decode_head.conv_depth.weight': tensor('float32', new Float32Array(256 * 768), [256, 768, 1, 1]),
  'decode_head.conv_depth.bias': tensor('float32', new Float32Array(256), [256]),
})

/** A host that serves this file for every address, and remembers which were asked for. */
function hostWith(asked: AssetReference[] = []): HeadHost {
  const runtime = createRuntime()
  return {
    card,
    fingerprint: sampleFingerprint(card),
    heads: {},
    runtime: {
      ...runtime,
      async readAsset(reference) {
        asked.push(reference)
        return bytesSource(reference.kind === 'url' ? reference.url : 'file', LINEAR)
      },
    },
  }
}

test.each([
  ['nyu-linear', 10],
  ['kitti-linear', 80],
] as const)('finds %s by its name, with its own range', async (weights, max) => {
  const asked: AssetReference[] = []
  await using head = await openHead(depth({ weights }), hostWith(asked))
  expect(asked).toEqual([
    { kind: 'url', url: `https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/dinov2_vits14_${weights.replace('-', '_')}_head.pth` },
  ])
  const { map: meters, range } = await head.run(sampleTokens(card, whole, head.needs))
  expect(range).toEqual([0.001, max])
  expect(meters.data[0]).toBeCloseTo((0.001 + max) / 2, 3)
})

test('takes a range of one’s own, by name or in meters', async () => {
  for (const [range, max] of [
    ['kitti', 80],
    [[1, 3], 3],
  ] as const) {
    await using head = await openHead(depth({ weights: LINEAR, range }), hostWith())
    expect((await head.run(sampleTokens(card, whole, head.needs))).range?.[1]).toBe(max)
  }
})

test('averages with the mirrored image, turned round again, by flip', async () => {
  const bias = Float32Array.from({ length: 256 }, (_, i) => i / 100)
  const weight = Float32Array.from({ length: 256 * 768 }, (_, i) => Math.sin(i * 0.7) / 10)
  const weights = writeSafetensors({
    'decode_head.conv_depth.weight': tensor('float32', weight, [256, 768, 1, 1]),
    'decode_head.conv_depth.bias': tensor('float32', bias, [256]),
  })
  await using head = await openHead(depth({ weights }), hostWith())
  const [tokens, other] = [sampleTokens(card, whole, head.needs, 1), sampleTokens(card, whole, head.needs, 2)]
  const [a, b] = [await head.run(tokens), await head.run(other)]
  const { map: meters } = await head.run(tokens, { flip: true }, { embedView: async () => other })
  for (let y = 0; y < 42; y++)
    for (let x = 0; x < 56; x++)
      expect(meters.data[y * 56 + x]).toBeCloseTo((a.map.data[y * 56 + x]! + b.map.data[y * 56 + 55 - x]!) / 2, 4)
  await expect(head.run(tokens, { flip: true })).rejects.toMatchObject({ code: 'invalid-option' })
})

test('points in space: on the axis, at the edge, and none where nothing is known', () => {
  const meters = { ...tensor('float32', Float32Array.of(2, 2, 2, 0, 4, 4, 4, 4, 4), [3, 3]), shape: [3, 3] as const, unit: 'm', unknown: 0 }
  const { points, pixels, assumed, focalLength } = pointCloud(meters, { focalLength: 2 })
  expect([points.shape, assumed, focalLength]).toEqual([[8, 3], false, 2])
  expect([...points.data.slice(0, 3)]).toEqual([-1, -1, 2])
  expect([...pixels]).toEqual([0, 1, 2, 4, 5, 6, 7, 8])
  expect([...points.data.slice(9, 12)]).toEqual([0, 0, 4])
  expect(pointCloud(meters)).toMatchObject({ assumed: true, focalLength: 0.81 * 3 })
  expect(() => pointCloud({ ...meters, unit: 'disparity' })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  expect(() => pointCloud(meters, { focalLength: 0 })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
})
