import { depth } from '@dinokit/head-depth'
import { segmentation } from '@dinokit/head-segmentation'
import { open } from 'dinokit'
import { expect, test } from 'vitest'

test('answers with heads of the embedded model’s own: meters, and the classes of NYU40', async () => {
  await using vision = await open({ heads: { depth: depth(), segmentation: segmentation() } })
  const image = { data: Uint8Array.from({ length: 60 * 80 * 3 }, (_, i) => (i * 7) % 251), width: 80, height: 60 }
  const tokens = await vision.embed(image, { size: { width: 112, height: 84 } })
  const { map: meters, range } = await vision.heads.depth(tokens)
  expect(meters.shape).toEqual([60, 80])
  expect(range).toEqual([0.5, 10])
  expect(meters.data.every((value) => value >= 0.5 && value <= 10)).toBe(true)
  const { logits, labels } = await vision.heads.segmentation(tokens)
  expect(logits.shape[0]).toBe(39)
  expect(labels.data).toHaveLength(80 * 60)

  for (const name of ['depth', 'segmentation'] as const) {
    const leaving = new AbortController()
    const answer = vision.heads[name](tokens, { signal: leaving.signal })
    leaving.abort()
    await expect(answer, `${name}, canceled while it runs`).rejects.toMatchObject({ code: 'aborted' })
  }
})
