import { anomalyMap, anomalyMask, createPatchSearch, layerPatches, resizeToSource, scorePatches, scoreTiles } from '@dinokit/analysis'
import { assertAnomalyBank, type AnomalyBank, type AnomalyScore, type PatchSearch, type TileOptions } from '@dinokit/analysis'
import { writeSafetensors } from '@dinokit/checkpoint'
import {
  tensor,
  type Fingerprint,
  type ModelCard,
  type OutputRequest,
  type Pixels,
  type Placement,
  type Tensor,
  type Tokens,
} from '@dinokit/core'
import type { Input } from '@dinokit/image-files'
import { writeFileAtomic } from '@dinokit/runtime-node'
import type { Command } from 'commander'
import { commandRuntime } from '../../input/command-runtime.ts'
import type { AnomalyPanel } from '../../draw/analysis/anomaly-drawing.ts'
import type { AnalysisOptions } from '../../options/analysis-options.ts'
import type { AnswerFile } from '../../output/answer-format.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { foundFile, type FoundObjects } from '../../output/found/found-objects.ts'
import { scoresTable, type ScoredImage } from '../../output/found/scores-table.ts'
import { answerByTokens, layerOf } from '../analysis/answer-by-tokens.ts'
import { openWithOutputs } from '../analysis/collect-tokens.ts'
import { labelObjects } from '../analysis/find-objects.ts'
import { once } from '../once.ts'
import { answerByTiles } from '../tiles/answer-by-tiles.ts'
import { openBank } from './open-bank.ts'
import { regionsOf } from './regions-of.ts'

/** Files that can be written for one image. */
export const ANOMALY_FORMATS = ['png', 'labels.png', 'safetensors'] as const
type AnomalyFormat = (typeof ANOMALY_FORMATS)[number]

/** Choice of what is scored, and of what is written about all images together. */
export interface ScoreChoice {
  readonly images: readonly string[]
  readonly given: Omit<AnalysisOptions, 'size'>
  /** Path of the bank. */
  readonly bank: string
  /** Score above which an image is anomalous. Default: the bank's. */
  readonly threshold?: number
  readonly table?: string
  readonly boxes?: string
  readonly sheet?: string
  /** Tiles to see images in, which have to be the bank's. Default: the bank's. */
  readonly tiles?: TileOptions
}

/** An image that has been scored. */
interface Scored extends AnomalyScore {
  readonly input: Input
  readonly placement: Placement
  /** Map that is drawn over the image. */
  readonly map: () => Tensor
  /** The image, or a smaller copy of it, to draw on. */
  readonly image: () => Promise<Pixels>
  /** Longest side of its drawing, where it is not the usual one. */
  readonly side?: number
  /** Files of the numbers. */
  readonly numbers: () => Record<string, Tensor>
  readonly write: (files: AnswerFile<AnomalyFormat>) => Promise<string | undefined>
}

/** Longest side of the drawing of a large image, in pixels. */
const TILED_SIDE = 800
/** Most cells along a side of the heat map of a large image: two pixels of its drawing each. */
const TILED_CELLS = TILED_SIDE / 2

/** Scores the images of a command, and has each answer, and those of all together, written and printed. */
export async function scoreImages(command: Command, context: CommandContext, choice: ScoreChoice): Promise<void> {
  const { images, given, table, boxes, sheet } = choice
  const { signal } = context
  const bank = await openBank(choice.bank, choice.tiles)
  const { info } = bank
  const threshold = choice.threshold ?? info.threshold?.threshold
  await using search = await createPatchSearch(commandRuntime(given), bank.patches)
  const [scores, found, panels] = [[] as ScoredImage[], [] as FoundObjects[], [] as AnomalyPanel[]]
  const assertBank = bankChecker(context, choice, bank)
  const outputs = (card: ModelCard): OutputRequest => (layerOf(card, info.layer) < card.architecture.depth ? { layers: [info.layer] } : {})
  const common = { command, context, formats: ANOMALY_FORMATS, images, given: { ...given, size: info.size } }
  async function answer({ input, placement, score, distances, map, image, side, numbers, write }: Scored): Promise<void> {
    const over = threshold === undefined ? undefined : score > threshold
    const regions = over ? regionsOf(distances, threshold!, placement) : []
    const shown = { title: input.relative, score, threshold, over }
    const pixels = once(image)
    const draw = () => import('../../draw/analysis/anomaly-drawing.ts')
    if (sheet !== undefined) panels.push(await (await draw()).anomalyPanel(shown, map(), await pixels(), placement))
    if (boxes !== undefined) found.push({ source: input.source, size: placement.source, objects: regions })
    scores.push({ source: input.source, score, ...(over !== undefined && { over }) })
    const file = await write({
      png: async () => (await draw()).anomalyDrawing(shown, map(), { image: await pixels(), placement }, side),
      async 'labels.png'() {
        const { width, height } = placement.source
        const { grayPng } = await import('../../draw/parts/gray-png.ts')
        return grayPng({ data: labelObjects(regions, placement.source).data, shape: [height, width] })
      },
      safetensors: () => writeSafetensors(numbers(), { score: String(score) }),
    })
    report(context, input.source, { score, over, threshold, regions, file })
  }
  if (info.tiles) {
    await answerByTiles({
      ...common,
      tiles: info.tiles,
      open: () => openWithOutputs(context, given, outputs),
      async answer({ input, vision, image, tiles, small, write }) {
        const scored = await scoreTiles(vision, image, search, { ...tiles, layer: info.layer, onFingerprint: assertBank })
        const map = once(() => largestOfCells(scored.distances, TILED_CELLS))
        await answer({ ...scored, input, map, image: small, side: TILED_SIDE, numbers: () => ({ distances: scored.distances }), write })
      },
    })
  } else {
    await answerByTokens({
      ...common,
      outputs,
      async answer({ input, tokens, image, write }) {
        assertBank(tokens.fingerprint)
        const { placement } = tokens
        const scored = await scoreTokens(search, bank, tokens, signal)
        const map = once(() => anomalyMap(scored.distances, placement.input))
        const numbers = (): Record<string, Tensor> => {
          const { data, shape } = resizeToSource(map(), placement)
          return { map: tensor('float32', data, shape), distances: scored.distances }
        }
        await answer({ ...scored, input, placement, map, image, numbers, write })
      },
    })
  }
  if (table !== undefined) await writeFileAtomic(table, [Buffer.from(scoresTable(scores))])
  if (boxes !== undefined) await writeFileAtomic(boxes, [Buffer.from(await foundFile(boxes, found))])
  if (sheet !== undefined && panels.length > 0) {
    const { anomalySheet } = await import('../../draw/analysis/anomaly-drawing.ts')
    await writeFileAtomic(sheet, [await anomalySheet(panels)])
  }
}

/** Makes a function that refuses tokens that are not for the bank, and says once what is to be known of others. */
function bankChecker(
  { output }: CommandContext,
  { bank: path, given }: ScoreChoice,
  { info }: AnomalyBank,
): (fingerprint: Fingerprint) => void {
  const said = new Set<string>()
  return (fingerprint) => {
    for (const note of assertAnomalyBank(path, info, fingerprint, given)) {
      if (!said.has(note)) output.note(note)
      said.add(note)
    }
  }
}

function scoreTokens(search: PatchSearch, { info }: AnomalyBank, tokens: Tokens, signal: AbortSignal): Promise<AnomalyScore> {
  const grid = layerPatches(tokens, info.layer)
  const mask = info.foreground === undefined ? undefined : anomalyMask(grid, { threshold: info.foreground })
  return scorePatches(search, grid, { signal, ...(mask && { mask }) })
}

/** Makes a map smaller: a cell has the largest value of those that it covers, so that no small defect is lost. */
function largestOfCells({ data, shape }: Tensor, most: number): Tensor {
  const [rows, columns] = shape as [number, number]
  const scale = Math.min(1, most / Math.max(rows, columns))
  const [height, width] = [Math.max(1, Math.round(rows * scale)), Math.max(1, Math.round(columns * scale))]
  const largest = new Float32Array(height * width)
  data.forEach((value, i) => {
    const cell = Math.floor((Math.floor(i / columns) * height) / rows) * width + Math.floor(((i % columns) * width) / columns)
    largest[cell] = Math.max(largest[cell]!, value)
  })
  return tensor('float32', largest, [height, width])
}

interface Report {
  readonly score: number
  readonly over: boolean | undefined
  readonly threshold: number | undefined
  readonly regions: FoundObjects['objects']
  readonly file: string | undefined
}

function report({ output }: CommandContext, source: string, { score, over, threshold, regions, file }: Report): void {
  const verdict = over === undefined ? '' : over ? '  anomalous' : '  like good ones'
  output.result(
    source,
    {
      score,
      ...(over !== undefined && {
        threshold,
        anomalous: over,
        regions: regions.map(({ box, area, score: of }) => ({ box, area, score: of })),
      }),
      ...(file !== undefined && { file }),
    },
    `${score.toFixed(4)}  ${source}${verdict}${file === undefined ? '' : ` -> ${file}`}`,
  )
}
