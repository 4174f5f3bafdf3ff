import { tensor } from '@dinokit/core'
import { depthMeans, labelShares, type DenseExamples } from '@dinokit/train'
import { readAnnotation, type Annotation } from './annotations.ts'
import { embedFolder } from './embed-folder.ts'
import type { LookAt } from './look-at.ts'

/** The images’ size as the model sees them, and its patches. */
export const INPUT = { width: 448, height: 336 } as const
export const GRID = [24, 32] as const
export const LAYERS = [3, 6, 9, 12] as const
/** Classes of NYU40 that are known; label 39 is another or none. */
export const CLASSES = 39
/** Meters of one step of an 8-bit depth image. */
export const METERS = 1 / 25.5

/** A split of NYUv2 (shared/data/README): what heads look at, and annotations at their own size. */
export interface NyuSplit {
  readonly names: readonly string[]
  readonly labels: readonly Annotation[]
  /** 8-bit; meters are the value times {@link METERS}. */
  readonly depths: readonly Annotation[]
  /** Share of each class in every patch. */
  readonly segmentation: DenseExamples
  /** Mean meters of every patch. */
  readonly depth: DenseExamples
}

/**
 * Embeds and reads a split.
 *
 * @param folder - with images, label40 and depth8
 * @param lookAt - what heads are trained on
 * @param cache - file that keeps it
 */
export async function readNyu(folder: string, lookAt: LookAt, cache: string): Promise<NyuSplit> {
  const { names, tokens, each } = await embedFolder(`${folder}/images`, lookAt, cache)
  const readAll = (kind: string): Promise<Annotation[]> => Promise.all(names.map((name) => readAnnotation(`${folder}/${kind}/${name}.png`)))
  const [labels, depths] = [await readAll('label40'), await readAll('depth8')]
  const patches = GRID[0] * GRID[1]
  const examples = (width: number, targets: readonly Float32Array[]): DenseExamples => ({
    count: names.length,
    grid: GRID,
    channels: each / patches,
    read(indices) {
      const side = new Uint16Array(indices.length * each)
      const target = new Float32Array(indices.length * patches * width)
      indices.forEach((index, place) => {
        side.set(tokens.subarray(index * each, (index + 1) * each), place * each)
        target.set(targets[index]!, place * patches * width)
      })
      return {
        tokens: tensor('float16', side, [indices.length, patches, each / patches]),
        targets: tensor('float32', target, [indices.length, patches, width]),
      }
    },
  })
  const shares = labels.map(({ data, size }) => labelShares(data, size, GRID, CLASSES))
  const means = depths.map(({ data, size }) =>
    depthMeans(
      Float32Array.from(data, (value) => value * METERS),
      size,
      GRID,
    ),
  )
  return { names, labels, depths, segmentation: examples(CLASSES, shares), depth: examples(1, means) }
}
