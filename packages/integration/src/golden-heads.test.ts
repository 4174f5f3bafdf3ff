import { classification } from '@dinokit/head-classification'
import { depth } from '@dinokit/head-depth'
import { segmentation } from '@dinokit/head-segmentation'
import { goldenFolders, largestDifference, type GoldenFolder, type GoldenTensor } from '@dinokit/testing'
import { createRuntime, createVision, type Head, type ImageSource } from 'dinokit'
import { describe, expect, test } from 'vitest'
import { openGoldenBackbone } from './testing/golden-backbone.ts'

/** Labels may differ only where the two best logits are so close. */
const LABEL_MARGIN = 1e-3
const DEPTH_LIMIT = 1e-4
const LOGIT_LIMIT = 1e-4

async function openHeadOn<Options, Result>(folder: GoldenFolder, head: Head<Options, Result>) {
  const vision = await createVision(createRuntime(), await openGoldenBackbone(folder), { heads: { head: head as Head<object, Result> } })
  return { ...vision, ask: (image: ImageSource, size: 'source' | 'pad') => vision.heads.head(image, { size }) }
}

/** The images of a golden batch. */
function imagesOf({ data, shape }: GoldenTensor): ImageSource[] {
  const [count, height, width] = shape as [number, number, number]
  const length = height * width * 3
  return Array.from({ length: count }, (_, index) => ({
    data: (data as Uint8Array).subarray(index * length, (index + 1) * length),
    width,
    height,
  }))
}

function part({ data }: GoldenTensor, index: number, count: number): Float32Array {
  const length = data.length / count
  return (data as Float32Array).subarray(index * length, (index + 1) * length)
}

describe.each(goldenFolders)('a head gives the reference’s answers: $name/heads', (folder) => {
  if (!folder.present) return test.skip('skips what is not here', () => {})
  const named = folder.list('heads').flatMap((file) => /^(.*)\.pth$/.exec(file)?.[1] ?? [])
  const kind = (prefix: string): string[] => named.filter((name) => name.startsWith(prefix))
  const weights = (name: string): Promise<Uint8Array> => folder.read(`heads/${name}.pth`)
  const openHead = <Options, Result>(head: Head<Options, Result>) => openHeadOn(folder, head)

  test('covers a head of each kind', () => {
    expect(kind('classify-').length * kind('segment-').length).toBeGreaterThan(0)
    expect(named).toEqual(expect.arrayContaining(['depth-linear4', 'depth-dpt']))
  })

  test.each(kind('classify-'))('gives the logits of %s', async (name) => {
    const expected = await folder.tensors(`heads/${name}.safetensors`)
    await using vision = await openHead(classification({ weights: await weights(name) }))
    for (const [index, image] of imagesOf(expected.pixels!).entries()) {
      const { logits, classes } = await vision.ask(image, 'source')
      const own = part(expected.logits!, index, 2)
      expect(largestDifference(logits.data, own)).toBeLessThanOrEqual(LOGIT_LIMIT)
      expect(classes[0]!.index).toBe(own.indexOf(Math.max(...own)))
      expect(classes).toHaveLength(5)
    }
  })

  test.each(kind('segment-'))('gives the logits of %s, and labels at the image’s size', async (name) => {
    const expected = await folder.tensors(`heads/${name}.safetensors`)
    await using vision = await openHead(segmentation({ weights: await weights(name) }))
    for (const [index, image] of imagesOf(expected.pixels!).entries()) {
      const { logits, labels } = await vision.ask(image, 'source')
      const grid = part(expected['logits.grid']!, index, 2)
      expect(logits.shape).toEqual([21, 7, 11])
      expect(largestDifference(logits.data, grid)).toBeLessThanOrEqual(LOGIT_LIMIT)
      expect(labels.shape).toEqual([98, 154])
      const wanted = part(expected.labels!, index, 2) as unknown as Uint8Array
      let [compared, wrong] = [0, 0]
      for (let pixel = 0; pixel < wanted.length; pixel++) {
        if (marginAt(grid, [21, 7, 11], pixel) <= LABEL_MARGIN) continue
        compared++
        if (labels.data[pixel] !== wanted[pixel]) wrong++
      }
      expect(wrong).toBe(0)
      expect(compared).toBeGreaterThan(wanted.length * 0.95)
    }
  })

  test.each(kind('depth-'))('gives the meters of %s, the odd-sized image included', async (name) => {
    const expected = await folder.tensors(`heads/${name}.safetensors`)
    await using vision = await openHead(depth({ weights: await weights(name) }))
    for (const [suffix, size] of [
      ['', 'source'],
      ['.odd', 'pad'],
    ] as const) {
      const images = imagesOf(expected[`pixels${suffix}`]!)
      for (const [index, image] of images.entries()) {
        const { map: meters, min, max } = await vision.ask(image, size)
        const own = part(expected[`depth${suffix}`]!, index, images.length)
        expect(meters.shape).toEqual(expected[`depth${suffix}`]!.shape.slice(2))
        const relative = meters.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - own[i]!) / own[i]!), 0)
        expect(relative, suffix).toBeLessThanOrEqual(DEPTH_LIMIT)
        expect([min, max]).toEqual([meters.data.reduce((a, b) => Math.min(a, b)), meters.data.reduce((a, b) => Math.max(a, b))])
      }
    }
  })
})

/** Computes how far the two best of the reference's logits are apart at a pixel of the input, 14 pixels a cell, bilinear. */
function marginAt(grid: Float32Array, [classes, rows, columns]: readonly [number, number, number], pixel: number): number {
  const axis = (at: number, cells: number): [number, number, number] => {
    const place = Math.max((at + 0.5) / 14 - 0.5, 0)
    const lower = Math.floor(place)
    return [lower, Math.min(lower + 1, cells - 1), place - lower]
  }
  const [top, bottom, t] = axis(Math.floor(pixel / (columns * 14)), rows)
  const [left, right, s] = axis(pixel % (columns * 14), columns)
  const values = Array.from({ length: classes }, (_, index) => {
    const at = (row: number, column: number): number => grid[(index * rows + row) * columns + column]!
    return (at(top, left) * (1 - s) + at(top, right) * s) * (1 - t) + (at(bottom, left) * (1 - s) + at(bottom, right) * s) * t
  }).sort((a, b) => b - a)
  return values[0]! - values[1]!
}
