import { mergeTiles, type MergeTilesOptions } from '@dinokit/analysis'
import type { Head, OpenImage, Placement, Tensor, Vision } from '@dinokit/core'
import { segmentationFile, segmentationOf, type Segmentation, type SegmentOptions } from '@dinokit/head-segmentation'
import type { ImageSource } from '@dinokit/runtime-node'
import type { HeadCommandOptions } from '../../options/heads/head-options.ts'
import { openOptions } from '../../options/image-options.ts'
import { reportSegmentation } from '../../output/found/told-segmentation.ts'
import { noteOfRooms } from '../answer-by-head.ts'
import { answerByTiles, type TilesCommand } from './answer-by-tiles.ts'

/** Scores of a large image. */
export interface TiledScores extends Pick<Segmentation, 'known'> {
  /** [classes][rows][columns] */
  readonly logits: Tensor
  readonly placement: Placement
}

/** The head that looks at tiles. */
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- an interface is no record of heads
type TiledHead = {
  readonly head: Head<SegmentOptions, Segmentation>
}

/** A command that segments large images. */
export interface TiledHeadCommand
  extends Omit<TilesCommand<'safetensors' | 'png' | 'labels.png', TiledHead>, 'open' | 'answer'>, TiledHead {
  readonly given: HeadCommandOptions
}

/** Has a head look at every image of a command tile by tile, and each answer written and printed. */
export async function answerByTiledHead({ head, ...common }: TiledHeadCommand): Promise<void> {
  const { context, given } = common
  noteOfRooms(context, given)
  await answerByTiles<'safetensors' | 'png' | 'labels.png', TiledHead>({
    ...common,
    open: async () => ({ ...openOptions(given), heads: { head } }),
    async answer({ input, vision, image, tiles, small, write }) {
      const { logits, placement, known } = await segmentInTiles(vision, image, tiles)
      const found = segmentationOf({ logits, placement }, known)
      const path = await write({
        safetensors: () => segmentationFile(found),
        async png() {
          const pixels = await small()
          const drawn = segmentationOf({ logits, placement: { ...placement, source: pixels } }, known)
          const { segmentationDrawing } = await import('../../draw/segmentation-drawing.ts')
          return segmentationDrawing(drawn, given.overlay ? pixels : undefined)
        },
        'labels.png': async () => (await import('../../draw/parts/gray-png.ts')).grayPng(found.labels),
      })
      reportSegmentation(context.output, input.source, found, path)
    },
  })
}

/** Has a head look at every tile of an image, and merges its scores. */
export async function segmentInTiles(
  vision: Vision<ImageSource, TiledHead>,
  image: OpenImage,
  tiles: MergeTilesOptions,
): Promise<TiledScores> {
  const { signal } = tiles
  let known: Segmentation['known'] = []
  const { maps, placement } = await mergeTiles(
    image,
    vision.card,
    async ({ pixels }) => {
      const answer = await vision.heads.head(pixels, { size: 'source', ...(signal && { signal }) })
      known = answer.known
      return { logits: answer.logits }
    },
    tiles,
  )
  return { logits: maps.logits!, placement, known }
}
