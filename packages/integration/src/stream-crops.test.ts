import { createRuntime, type ImageSource } from 'dinokit'
import { createRandom, dinov2Recipe, multiCrop, streamCrops, type CropItem } from '@dinokit/core/augment'
import { expect, test } from 'vitest'

const runtime = createRuntime()
const image = (name: string): URL => new URL(`../../../examples/first-look/images/${name}.jpg`, import.meta.url)
const IMAGES: readonly ImageSource[] = ['chelsea', 'coffee', 'rocket', 'astronaut'].map(image)
const recipe = dinov2Recipe({ globalSize: 56, localSize: 28, locals: 2 })

async function collect(
  sources: readonly ImageSource[],
  options: Partial<Parameters<typeof streamCrops>[2]> = {},
): Promise<CropItem<ImageSource>[]> {
  const items: CropItem<ImageSource>[] = []
  for await (const group of streamCrops(runtime, sources, { recipe, seed: 9, ...options })) items.push(...group)
  return items
}

test('gives the crops of an image by its seed, epoch and index, in order, whatever the batch', async () => {
  const items = await collect(IMAGES, { epoch: 2 })
  expect(items.map(({ index, source }) => [index, source])).toEqual(IMAGES.map((source, index) => [index, source]))
  for (const { index, source, crops } of items)
    expect(crops).toEqual(multiCrop(await runtime.decodeImage(source), recipe, createRandom(9, 2, index)))
  expect(await collect(IMAGES, { epoch: 2, batch: 3, ahead: 4 })).toEqual(items)
  expect(await collect(IMAGES.slice(2), { epoch: 2, first: 2 })).toEqual(items.slice(2))
  expect((await collect(IMAGES.slice(0, 1), { epoch: 3 }))[0]!.crops).not.toEqual(items[0]!.crops)
})

test('groups have the size asked for, and a broken image is named in its place', async () => {
  const broken = new Blob([Uint8Array.of(1, 2, 3)])
  const sizes: number[] = []
  const codes: (string | undefined)[] = []
  for await (const group of streamCrops(runtime, [IMAGES[0]!, broken, IMAGES[1]!], { recipe, seed: 1, batch: 2 })) {
    sizes.push(group.length)
    codes.push(...group.map(({ error }) => error?.code))
  }
  expect(sizes).toEqual([2, 1])
  expect(codes).toEqual([undefined, 'image-unsupported', undefined])
})

test('can be canceled, and refuses invalid options', async () => {
  const controller = new AbortController()
  const crops = streamCrops(runtime, IMAGES, { recipe, seed: 1, signal: controller.signal })
  expect((await crops.next()).done).toBe(false)
  controller.abort()
  await expect(crops.next()).rejects.toMatchObject({ code: 'aborted' })
  await expect(collect(IMAGES, { seed: -1 })).rejects.toMatchObject({ code: 'invalid-option' })
  await expect(collect(IMAGES, { batch: 4, ahead: 2 })).rejects.toMatchObject({ code: 'invalid-option' })
})
