import { classAttention, patchMean, type Tensor } from '@dinokit/core'
import type { ImageSource, Vision } from 'dinokit'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** An image's vectors and its attention. */
export interface Seen {
  /** Name of its folder. */
  readonly label: string
  readonly cls: Float32Array
  /** Mean of the patches. */
  readonly mean: Float32Array
  /** Attention of the last layer’s class token, [heads][rows][columns]. */
  readonly attention: Tensor
}

/** Embeds all images below a folder, in the order of their names. */
export async function embedFolder(vision: Vision<ImageSource>, folder: string): Promise<Seen[]> {
  const seen: Seen[] = []
  for (const file of await imagesBelow(folder)) {
    const { cls, patches, attention } = await vision.embed(file)
    const [rows, columns] = patches.shape as [number, number, number]
    const map = classAttention(attention[vision.card.architecture.depth]!, [rows, columns])
    seen.push({ label: basename(dirname(file)), cls: cls.data, mean: patchMean(patches).data, attention: map })
  }
  return seen
}

/** Files of images below a folder, sorted. */
export async function imagesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found
    .filter((entry) => entry.isFile() && /\.(jpe?g|png)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Share of the images whose nearest other one is of their label: among others, or among themselves. */
export function nearestShare(asked: readonly Seen[], known: readonly Seen[], part: 'cls' | 'mean' = 'cls'): number {
  const right = asked.map((image) => {
    let [best, label] = [-Infinity, '']
    for (const other of known) {
      const near = other === image ? -Infinity : cosine(image[part], other[part])
      if (near > best) [best, label] = [near, other.label]
    }
    return Number(label === image.label)
  })
  return average(right)
}

/** The cosine of the angle between vectors. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [along, lengthA, lengthB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    along += a[i]! * b[i]!
    lengthA += a[i]! ** 2
    lengthB += b[i]! ** 2
  }
  return along / Math.sqrt(lengthA * lengthB)
}

/** The mean of numbers. */
export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
