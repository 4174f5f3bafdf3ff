import { IMAGENET_PREPROCESSING, preprocess } from '@dinokit/core'
import { decodeImage } from '@dinokit/runtime-node'
import { median } from './lib/median.ts'
import { makeImages } from './lib/images.ts'
import { table } from './lib/table.ts'

/** Decoding a 1920x1200 JPEG, and making it a 224 crop: milliseconds, medians. */
export async function preparationTable(): Promise<string> {
  const files = await makeImages(20)
  const decoding: number[] = []
  const ways = ['pillow', 'torchvision', 'torchvision-float'] as const
  const preparing = ways.map((): number[] => [])
  for (const file of [...files.slice(0, 5), ...files]) {
    const started = performance.now()
    const pixels = await decodeImage(file)
    const decoded = performance.now()
    decoding.push(decoded - started)
    for (const [i, resampler] of ways.entries()) {
      const begun = performance.now()
      preprocess(pixels, { preprocessing: { ...IMAGENET_PREPROCESSING, filter: 'bilinear', resampler }, patch: 14 })
      preparing[i]!.push(performance.now() - begun)
    }
  }
  const row = (name: string, values: readonly number[]): string[] => [name, median(values.slice(5)).toFixed(1)]
  return `One 1920x1200 JPEG, milliseconds, medians of 20\n${table([row('decode', decoding), ...ways.map((way, i) => row(`resize bilinearly as ${way}, crop to 224`, preparing[i]!))])}`
}
