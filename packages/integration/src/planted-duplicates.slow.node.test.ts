import { findDuplicates } from '@dinokit/curate'
import { createMemoryStore, fillStore, layoutFor, type ImageToStore } from '@dinokit/store'
import { hasShared, sharedPath } from '@dinokit/testing'
import { open } from 'dinokit'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'

/** Folders, and of how many images one is taken: the last of them has 650 of ten kinds. */
const FOLDERS = [
  ['data/seg/coco/images', 1],
  ['data/cls/clothing', 1],
  ['data/cls/imagen', 1],
  ['data/cls/imagenette', 5],
] as const

/** Changes that leave an image the same to those who look at it. */
const PLANTED: readonly ((image: Sharp, width: number, height: number) => Sharp)[] = [
  (image) => image.jpeg({ quality: 60 }),
  (image, width, height) => image.resize(Math.round(0.6 * width), Math.round(0.6 * height), { fit: 'fill' }).jpeg({ quality: 90 }),
  (image, width, height) => {
    const [left, top] = [Math.round(0.02 * width), Math.round(0.02 * height)]
    return image.extract({ left, top, width: width - 2 * left, height: height - 2 * top }).jpeg({ quality: 90 })
  },
]

/** Images of all folders; three of four a second time, in each way in turn. Its id begins with that of what it was made of. */
async function images(): Promise<ImageToStore<Buffer>[]> {
  const found: ImageToStore<Buffer>[] = []
  for (const [folder, step] of FOLDERS) {
    const names = (await readdir(sharedPath(folder), { recursive: true })).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort()
    for (const name of names.filter((_, index) => index % step === 0)) {
      const path = join(sharedPath(folder), name)
      found.push({ id: `${folder}/${name}`, source: path, image: await readFile(path) })
    }
  }
  for (const [index, { id, image }] of [...found.entries()]) {
    if (index % 4 === 3) continue
    const { width, height } = await sharp(image).metadata()
    const planted = await PLANTED[index % 4]!(sharp(image), width, height).toBuffer()
    found.push({ id: `${id}#${index % 4}`, source: id, image: planted })
  }
  return found
}

/** Pairs of those that stand together. */
const pairsOf = (groups: readonly (readonly string[])[]): [string, string][] =>
  groups.flatMap((ids) => ids.flatMap((one, at) => ids.slice(at + 1).map((other): [string, string] => [one, other])))
const origin = (id: string): string => id.split('#')[0]!

describe.runIf(hasShared)('duplicates that were planted', () => {
  let all: ImageToStore<Buffer>[]
  beforeAll(async () => {
    all = await images()
  })

  test.each(['tiny', sharedPath('models/small14-saliency')])(
    'are found by %s, and no others, though half a thousand images are alike in kind',
    async (model) => {
      await using vision = await open({ model })
      await using store = createMemoryStore(layoutFor(vision))
      const pairsWith = async (some: readonly ImageToStore<Buffer>[]): Promise<[string, string][]> => {
        for await (const { error } of fillStore(vision, store, some)) expect(error).toBeUndefined()
        const { groups } = await findDuplicates(store)
        return pairsOf(groups.map(({ kept, duplicates }) => [kept.id, ...duplicates.map(({ row }) => row.id)]))
      }
      const there = await pairsWith(all.filter(({ id }) => !id.includes('#')))
      const planted = all.filter(({ id }) => id.includes('#'))
      const found = await pairsWith(planted)
      const right = found.filter(([one, other]) => origin(one) === origin(other))
      const said = `${planted.length} planted, ${right.length} of ${found.length} pairs that were found are planted ones; there already: ${JSON.stringify(there)}`
      // eslint-disable-next-line no-console -- the figures of the guide
      console.info(said)
      expect(right.length / planted.length, said).toBeGreaterThanOrEqual(0.95)
      expect(right.length / found.length, said).toBeGreaterThanOrEqual(0.95)
    },
    1_800_000,
  )
})
