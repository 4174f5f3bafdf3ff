import { tensor, type Tensor } from '@dinokit/core'
import { largestDifference, ownGoldens, type Golden } from '@dinokit/testing'
import { beforeAll, expect, test } from 'vitest'
import { createFollower, followShares, type LabeledFrame } from './follow-shares.ts'

const OPTIONS = { radius: 3, top: 4, temperature: 0.2 }
let golden: Golden
const at = (name: string, index: number): Tensor => {
  const { data, shape } = golden[name]!
  const [, ...rest] = shape as [number, ...number[]]
  const length = rest.reduce((a, b) => a * b, 1)
  return tensor('float32', (data as Float32Array).slice(index * length, (index + 1) * length), rest)
}
const frame = (index: number): LabeledFrame => ({ patches: at('frames', index), shares: at('shares', index) })
beforeAll(async () => void (golden = await ownGoldens.tensors('analysis/followed.safetensors')))

test('finds numpy’s shares of a frame from those of three', () => {
  const shares = followShares(at('frames', 3), [0, 1, 2].map(frame), OPTIONS)
  expect(shares.shape).toEqual([6, 8, 2])
  expect(largestDifference(shares.data, golden.result!.data as Float32Array)).toBeLessThan(1e-5)
})

test('keeps the first frame and the last ones', () => {
  const follower = createFollower(frame(0), { ...OPTIONS, frames: 1 })
  const first = follower.next(at('frames', 1))
  const second = follower.next(at('frames', 2))
  const third = follower.next(at('frames', 3))
  expect(first.data).toEqual(followShares(at('frames', 1), [frame(0)], OPTIONS).data)
  const known = [frame(0), { patches: at('frames', 2), shares: second }]
  expect(third.data).toEqual(followShares(at('frames', 3), known, OPTIONS).data)
})

test('finds nothing where nothing is marked', () => {
  const shares = tensor('float32', new Float32Array(48), [6, 8, 1])
  const follower = createFollower({ patches: at('frames', 0), shares })
  expect(follower.next(at('frames', 1)).data.every((share) => share === 0)).toBe(true)
})

test('rejects frames of another size, shares of another frame, NaN, and options out of range', () => {
  const code = (expected: string): unknown => expect.objectContaining({ code: expected })
  const small = tensor('float32', new Float32Array(12).fill(1), [1, 2, 6])
  expect(() => followShares(small, [frame(0)])).toThrow(code('tensor-invalid'))
  expect(() => followShares(at('frames', 3), [])).toThrow(code('tensor-invalid'))
  expect(() => createFollower({ patches: small, shares: at('shares', 0) })).toThrow(code('tensor-invalid'))
  const { data, shape } = at('frames', 3)
  expect(() => followShares(tensor('float32', data.fill(NaN, 0, 1), shape), [frame(0)])).toThrow(code('tensor-invalid'))
  for (const wrong of [{ radius: 0 }, { top: 0.5 }, { temperature: 0 }, { frames: 0 }]) {
    expect(() => createFollower(frame(0), wrong)).toThrow(code('invalid-option'))
  }
})
