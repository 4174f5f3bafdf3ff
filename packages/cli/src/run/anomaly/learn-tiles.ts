import {
  HELD_OUT_PARTS,
  joinTokens,
  layerPatches,
  mergeTiles,
  ROTATIONS,
  rotatePixels,
  scoreTiles,
  tilesFingerprint,
  type AnomalyBank,
  type AnomalyBankInfo,
  type TileOptions,
} from '@dinokit/analysis'
import { type Fingerprint, type Pixels, type Tensor, type Tokens } from '@dinokit/core'
import type { Input } from '@dinokit/image-files'
import type { CommandContext } from '../../output/command-context.ts'
import { layerOf } from '../analysis/answer-by-tokens.ts'
import { openWithOutputs } from '../analysis/collect-tokens.ts'
import { runOpened } from '../run-images.ts'
import { coresetOf } from './coreset-of.ts'
import { flat } from './flat.ts'
import type { FinishLearning, LearnChoice } from './learned.ts'

/** Choice of what is learned from tiles. */
interface LearnTilesChoice extends LearnChoice {
  readonly tiles: TileOptions
}

/** Patches of an image, or of a part of the images, reduced while they come, so that memory does not grow with the images. */
interface KeptPatches {
  /** [patches][dim] each. */
  readonly parts: readonly Tensor[]
  add(patches: Tensor): Promise<void>
}

/**
 * Learns good images tile by tile. For the threshold each is looked at twice: its patches are not kept meanwhile.
 *
 * @returns undefined where no image could be read
 */
export async function learnTiles(
  context: CommandContext,
  choice: LearnTilesChoice,
  finish: FinishLearning,
): Promise<AnomalyBank | undefined> {
  const { images: named, given, layer: asked, rotations, coreset } = choice
  const { output, signal } = context
  const sides = { ...choice.tiles, signal, onTile: (done: number, all: number) => output.advance(done, all, 'tiles') }
  const folds: KeptPatches[] = []
  const seen: Input[] = []
  let origin: Pick<AnomalyBankInfo, 'fingerprint' | 'layer' | 'tiles'> | undefined
  let bank: AnomalyBank | undefined
  await runOpened(context, {
    named,
    recursive: given.recursive,
    open: () => openWithOutputs(context, given, asked === undefined ? undefined : (card) => ({ layers: [layerOf(card, asked)] })),
    async work(input, vision, image) {
      const layer = layerOf(vision.card, asked)
      const own = keepPatches(context, coreset)
      const learn = async (pixels: Pixels): Promise<Tokens> => {
        const tokens = await vision.embed(pixels, { size: 'source', signal })
        await own.add(flat(layerPatches(tokens, layer)))
        return tokens
      }
      let fingerprint: Fingerprint
      const { plan } = await mergeTiles(
        image,
        vision.card,
        async ({ pixels }) => {
          fingerprint = (await learn(pixels)).fingerprint
          if (rotations) for (const degrees of ROTATIONS) await learn(rotatePixels(pixels, degrees))
          return {}
        },
        sides,
      )
      origin = { fingerprint: tilesFingerprint(fingerprint!, vision.card, plan), layer, tiles: plan.sides }
      // An image that fails halfway is not learned.
      const fold = (folds[seen.length % HELD_OUT_PARTS] ??= keepPatches(context, coreset))
      for (const part of own.parts) await fold.add(part)
      seen.push(input)
    },
    async finish(vision, withImage) {
      if (!origin) return
      const { layer } = origin
      bank = await finish({
        folds: folds.map(({ parts }) => joinTokens(parts)),
        about: { ...origin, size: 'native', images: seen.length },
        async scores(search) {
          const scores: number[] = []
          for (const [index, input] of seen.entries()) {
            const options = { ...sides, layer, without: index % HELD_OUT_PARTS }
            scores.push(await withImage(input, async (image) => (await scoreTiles(vision, image, search, options)).score))
          }
          return scores
        },
      })
    },
  })
  return bank
}

function keepPatches(context: CommandContext, coreset: number | undefined): KeptPatches {
  let parts: Tensor[] = []
  let count = 0
  return {
    get parts() {
      return parts
    },
    async add(patches) {
      parts.push(patches)
      count += patches.shape[0]!
      if (coreset === undefined || count < 2 * coreset) return
      parts = [(await coresetOf(context, joinTokens(parts), coreset)).patches]
      count = coreset
    },
  }
}
