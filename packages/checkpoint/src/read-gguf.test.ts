import { bytesSource } from '@dinokit/core'
import { ownGoldens } from '@dinokit/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openTensorFile } from './open-tensor-file.ts'
import { dequantizeQ8, readGguf } from './read-gguf.ts'

test('reads a block of Q8_0 as 32 signed bytes behind the 16-bit float that multiplies them', () => {
  const block = new Uint8Array(68)
  // 0.5 and -2 in 16 bits, little-endian.
  block.set([0x00, 0x38, 0, 1, 0xff, 0x7f, 0x80])
  block.set([0x00, 0xc0, 3], 34)
  const values = dequantizeQ8(block)
  expect(values).toHaveLength(64)
  expect([...values.subarray(0, 6)]).toEqual([0, 0.5, -0.5, 63.5, -64, 0])
  expect([...values.subarray(31, 34)]).toEqual([0, -6, -0])
})

test('reads dinov2.cpp’s file: its keys, its names, shapes with the outermost first, and parts of quantized tensors', async () => {
  const file = await openTensorFile(bytesSource('q8_0.gguf', await ownGoldens.read('checkpoints/gguf/q8_0.gguf')))
  expect(file.format).toBe('gguf')
  expect(file.metadata).toMatchObject({ 'general.architecture': 'dinov2', hidden_size: '32', num_attention_heads: '4' })
  const weight = file.tensors.get('encoder.layer.0.mlp.fc1.weight')!
  expect(weight.shape).toEqual([64, 32])
  const whole = await weight.readFloat32()
  expect(await weight.readFloat32(33, 101)).toEqual(whole.slice(33, 101))
  expect(new Float32Array((await weight.readBytes(132, 8)).slice().buffer)).toEqual(whole.slice(33, 35))
})

test('passes over other quantizations by their names', async () => {
  const file = await openTensorFile(bytesSource('q4_0.gguf', await ownGoldens.read('checkpoints/gguf/q4_0.gguf')))
  expect(file.skipped!.get('encoder.layer.0.mlp.fc1.weight')).toBe('a tensor of Q4_0')
  expect(file.tensors.has('embeddings.cls_token')).toBe(true)
})

test('ends every mutation with a DinokitError at worst', async () => {
  const whole = await ownGoldens.read('checkpoints/gguf/q8_0.gguf')
  const changes = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(changes, fc.nat(whole.length), async (places, end) => {
      const bytes = whole.slice()
      for (const [at, value] of places) bytes[at] = value
      for (const mutant of [bytes, bytes.subarray(0, end)]) {
        try {
          const file = await readGguf(bytesSource('x.gguf', mutant))
          for (const stored of file.tensors.values()) await stored.readFloat32(0, 1)
        } catch (error) {
          expect(error).toMatchObject({ name: 'DinokitError' })
        }
      }
    }),
    { numRuns: 300 },
  )
})
