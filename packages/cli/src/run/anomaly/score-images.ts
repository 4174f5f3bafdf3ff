import {
  anomalyMap,
  anomalyMask,
  anomalyRegions,
  assertAnomalyBank,
  createPatchSearch,
  readAnomalyBank,
  resizeToSource,
  scorePatches,
  type AnomalyBank,
  type AnomalyScore,
  type PatchSearch,
} from '@dinokit/analysis'
import { writeSafetensors } from '@dinokit/checkpoint'
import { tensor, type Placement, type Tokens } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import type { Command } from 'commander'
import { commandRuntime } from '../../input/command-runtime.ts'
import type { AnomalyPanel } from '../../draw/analysis/anomaly-drawing.ts'
import type { AnalysisOptions } from '../../options/analysis-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { foundFile, type FoundObjects } from '../../output/found/found-objects.ts'
import { scoresTable, type ScoredImage } from '../../output/found/scores-table.ts'
import { answerByTokens, layerOf } from '../analysis/answer-by-tokens.ts'
import { extentOf, labelObjects, type SourceObject } from '../analysis/find-objects.ts'
import { once } from '../once.ts'
import { patchesOf } from './learn-bank.ts'

/** Files that can be written for one image. */
export const ANOMALY_FORMATS = ['png', 'labels.png', 'safetensors'] as const

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
}

/** Scores the images of a command, and has each answer, and those of all together, written and printed. */
export async function scoreImages(command: Command, context: CommandContext, choice: ScoreChoice): Promise<void> {
  const { images, given, table, boxes, sheet } = choice
  const { output } = context
  const bank = await openBank(choice.bank)
  const { info } = bank
  const threshold = choice.threshold ?? info.threshold?.threshold
  await using search = await createPatchSearch(commandRuntime(given), bank.patches)
  const [scores, found, panels] = [[] as ScoredImage[], [] as FoundObjects[], [] as AnomalyPanel[]]
  const said = new Set<string>()
  await answerByTokens({
    command,
    context,
    formats: ANOMALY_FORMATS,
    images,
    given: { ...given, size: info.size },
    outputs: (card) => (layerOf(card, info.layer) < card.architecture.depth ? { layers: [info.layer] } : {}),
    async answer({ input, tokens, image, write }) {
      for (const note of assertAnomalyBank(choice.bank, info, tokens.fingerprint, given)) {
        if (!said.has(note)) output.note(note)
        said.add(note)
      }
      const scored = await scoreTokens(search, bank, tokens, context.signal)
      const over = threshold === undefined ? undefined : scored.score > threshold
      const { placement } = tokens
      const regions = over ? regionsOf(scored, threshold!, placement) : []
      const shown = { title: input.relative, score: scored.score, threshold, over }
      const map = once(() => anomalyMap(scored.distances, placement.input))
      const pixels = once(image)
      const draw = () => import('../../draw/analysis/anomaly-drawing.ts')
      if (sheet !== undefined) panels.push(await (await draw()).anomalyPanel(shown, map(), await pixels(), placement))
      if (boxes !== undefined) found.push({ source: input.source, size: placement.source, objects: regions })
      scores.push({ source: input.source, score: scored.score, ...(over !== undefined && { over }) })
      const file = await write({
        png: async () => (await draw()).anomalyDrawing(shown, map(), await pixels(), placement),
        async 'labels.png'() {
          const { width, height } = placement.source
          const { grayPng } = await import('../../draw/parts/gray-png.ts')
          return grayPng({ data: labelObjects(regions, placement.source).data, shape: [height, width] })
        },
        safetensors: () => {
          const { data, shape } = resizeToSource(map(), placement)
          return writeSafetensors({ map: tensor('float32', data, shape), distances: scored.distances }, { score: String(scored.score) })
        },
      })
      const verdict = over === undefined ? '' : over ? '  anomalous' : '  like good ones'
      output.result(
        input.source,
        {
          score: scored.score,
          ...(over !== undefined && { threshold, anomalous: over, regions: regions.map(({ box, area, score }) => ({ box, area, score })) }),
          ...(file !== undefined && { file }),
        },
        `${scored.score.toFixed(4)}  ${input.source}${verdict}${file === undefined ? '' : ` -> ${file}`}`,
      )
    },
  })
  if (table !== undefined) await writeFileAtomic(table, [Buffer.from(scoresTable(scores))])
  if (boxes !== undefined) await writeFileAtomic(boxes, [Buffer.from(await foundFile(boxes, found))])
  if (sheet !== undefined && panels.length > 0) {
    const { anomalySheet } = await import('../../draw/analysis/anomaly-drawing.ts')
    await writeFileAtomic(sheet, [await anomalySheet(panels)])
  }
}

async function openBank(path: string): Promise<AnomalyBank> {
  const source = await commandRuntime().readAsset({ kind: 'file', path })
  try {
    return await readAnomalyBank(source)
  } finally {
    await source.close()
  }
}

function scoreTokens(search: PatchSearch, { info }: AnomalyBank, tokens: Tokens, signal: AbortSignal): Promise<AnomalyScore> {
  const grid = patchesOf(tokens, info.layer)
  const mask = info.foreground === undefined ? undefined : anomalyMask(grid, { threshold: info.foreground })
  return scorePatches(search, grid, { signal, ...(mask && { mask }) })
}

/** Anomalous regions in the image's own pixels. */
function regionsOf({ distances }: AnomalyScore, threshold: number, placement: Placement): SourceObject[] {
  const { width, height } = placement.source
  return anomalyRegions(distances, threshold).map(({ mask, score }) => {
    const soft = resizeToSource(tensor('float32', Float32Array.from(mask.data), mask.shape), placement)
    const inside = tensor(
      'bool',
      Uint8Array.from(soft.data, (value) => Number(value >= 0.5)),
      [height, width],
    )
    return { mask: inside, score, ...extentOf(inside) }
  })
}
