import { tensor, type Tokens } from '@dinokit/core'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { analyzeAttention } from './analyze-attention.ts'
import { targetOf } from './target-of.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

const size = { width: 40, height: 20 }
const tokens = {
  patches: tensor('float32', new Float32Array(8 * 2), [2, 4, 2]),
  registers: tensor('float32', new Float32Array(0), [0, 2]),
  placement: { source: size, resized: size, input: size, left: 0, top: 0 },
  attention: { 1: tensor('float32', new Float32Array(2 * 9 * 9).fill(1 / 9), [2, 9, 9]) },
  facets: {},
} as unknown as Tokens

test('reads targets from boxes and masks, and rejects empty ones and those of another size', async () => {
  const save = async (name: string, width: number, gray: number): Promise<string> => {
    const data = new Uint8Array(width * 20)
    for (let y = 0; y < 20; y++) data.fill(gray, y * width, y * width + 10)
    await writeFile(
      join(folder, name),
      await sharp(data, { raw: { width, height: 20, channels: 1 } })
        .png()
        .toBuffer(),
    )
    return join(folder, name)
  }
  expect([...(await targetOf(tokens, { box: { left: 0, top: 0, width: 10, height: 20 } })).data]).toEqual([1, 0, 0, 0, 1, 0, 0, 0])
  // A label map of class 1 is a mask as one of white is.
  for (const gray of [1, 255])
    expect([...(await targetOf(tokens, { mask: await save(`${gray}.png`, 40, gray) })).data]).toEqual([1, 0, 0, 0, 1, 0, 0, 0])
  for (const choice of [
    { box: { left: 39, top: 0, width: 1, height: 1 } },
    { box: { left: 400, top: 0, width: 10, height: 10 } },
    { mask: await save('black.png', 40, 0) },
    { mask: await save('wide.png', 60, 255) },
  ])
    await expect(targetOf(tokens, choice)).rejects.toMatchObject({ code: 'label-invalid' })
})

test('rejects heads and queries that are not there', () => {
  const choice = { layer: 1, heads: [2], query: { x: 39, y: 19 }, rollout: true } as const
  expect(analyzeAttention(tokens, choice)).toMatchObject({ names: ['head 2'], query: { x: 39, y: 19 } })
  for (const wrong of [{ heads: [3] }, { query: { x: 40, y: 0 } }])
    expect(() => analyzeAttention(tokens, { ...choice, ...wrong })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
})
