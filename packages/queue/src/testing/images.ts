import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

/**
 * Makes small images that all differ, by crops of one: the same for the same number.
 *
 * @param source - an image of at least 200 x 200 pixels
 * @param folder - where; folders of a thousand are made in it
 * @param count - how many
 * @param side - in pixels
 */
export async function cropImages(source: string, folder: string, count: number, side = 96): Promise<void> {
  const { data, info } = await sharp(source).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const random = randomOf(count)
  for (let index = 0; index < count; index++) {
    const at = join(folder, String(Math.floor(index / 1000)).padStart(3, '0'))
    if (index % 1000 === 0) await mkdir(at, { recursive: true })
    const [left, top] = [Math.floor(random() * (info.width - side)), Math.floor(random() * (info.height - side))]
    await sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
      .extract({ left, top, width: side, height: side })
      // Crops of one place differ too.
      .linear(0.5 + random() / 2, Math.floor(random() * 60))
      .jpeg({ quality: 85 })
      .toFile(join(at, `${String(index).padStart(6, '0')}.jpg`))
  }
}

/** mulberry32, by Tommy Ettinger: numbers in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
