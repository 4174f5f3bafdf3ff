import { objectHeads, type ObjectHead, type Point, type RankedHead, type TileOptions } from '@dinokit/analysis'
import type { ModelCard, OutputRequest } from '@dinokit/core'
import type { CommandContext } from '../../output/command-context.ts'
import { answerByTiles } from '../tiles/answer-by-tiles.ts'
import { attentionInTiles } from '../tiles/attention-in-tiles.ts'
import { analyzeAttention, attentionFile, type FoundAttention, type HeadChoice } from './analyze-attention.ts'
import { answerByTokens, layerOf, type TokensCommand } from './answer-by-tokens.ts'
import { openWithOutputs } from './collect-tokens.ts'
import { targetOf, type TargetChoice } from './target-of.ts'

/** Choice of what is drawn of images' attention. */
export interface AttentionRequest {
  /** Layer, counted from 1. Default: the last. */
  readonly layer?: number
  readonly heads: HeadChoice
  readonly query: Point | 'cls'
  readonly rollout: boolean
  /** Rank the heads of all layers by this; empty: by what they look at. */
  readonly target?: TargetChoice
  /** See images tile by tile, whose class tokens attend. */
  readonly tiles?: TileOptions
}

/** Side of each image on the sheet of a large image, in pixels. */
const TILED_SIDE = 800

/** Has the attention in images drawn or written. */
export async function answerAttention(
  common: Omit<TokensCommand<'png' | 'safetensors'>, 'outputs' | 'answer'>,
  { layer, heads, query, rollout, target: aim, tiles }: AttentionRequest,
): Promise<void> {
  const { context, given } = common
  const outputs = (card: ModelCard): OutputRequest => {
    const last = layerOf(card, layer)
    if (!aim && !rollout) return { attention: [last] }
    const layers = Array.from({ length: aim ? card.architecture.depth : last }, (_, i) => i + 1)
    return { attention: layers, ...(aim && isEmpty(aim) && { facets: layers }) }
  }
  if (tiles) {
    await answerByTiles({
      ...common,
      tiles,
      open: () => openWithOutputs(context, given, (card) => ({ ...outputs(card), rawLayers: [layerOf(card, layer)] })),
      async answer({ input, vision, image, tiles: sides, small, write }) {
        const choice = { layer: layerOf(vision.card, layer), heads, rollout }
        const { found, placement } = await attentionInTiles(vision, image, choice, sides)
        const file = await write({
          png: async () =>
            (await import('../../draw/analysis/attention-drawing.ts')).attentionDrawing(found, await small(), placement, TILED_SIDE),
          safetensors: () => attentionFile(found),
        })
        report(context, input.source, found, file)
      },
    })
    return
  }
  await answerByTokens({
    ...common,
    outputs,
    async answer({ input, tokens, card, image, write }) {
      const patches = tokens.patches.shape[0]! * tokens.patches.shape[1]!
      const target =
        aim && (isEmpty(aim) ? objectHeads(tokens.facets, { heads: card.architecture.heads, patches }) : await targetOf(tokens, aim))
      const found = analyzeAttention(tokens, { layer: layerOf(card, layer), heads, query, rollout, ...(target && { target }) })
      const file = await write({
        png: async () =>
          (await import('../../draw/analysis/attention-drawing.ts')).attentionDrawing(found, await image(), tokens.placement),
        safetensors: () => attentionFile(found),
      })
      report(context, input.source, found, file)
    },
  })
}

function isEmpty({ mask, box }: TargetChoice): boolean {
  return mask === undefined && box === undefined
}

function report(
  { output }: CommandContext,
  source: string,
  { maps, ranking, layer, names }: FoundAttention,
  file: string | undefined,
): void {
  const lines = ranking?.slice(0, 6).map((rank) => `  ${scoreOf(rank).toFixed(3)}  layer ${rank.layer}, head ${rank.head}`) ?? []
  output.result(
    source,
    { layer, grid: maps.shape.slice(1), heads: names, ...(ranking && { ranking }), ...(file !== undefined && { file }) },
    [`${source}${file === undefined ? '' : ` -> ${file}`}  layer ${layer}, ${maps.shape.join('x')}`, ...lines].join('\n'),
  )
}

function scoreOf(rank: RankedHead | ObjectHead): number {
  return 'distance' in rank ? rank.distance : rank.averagePrecision
}
