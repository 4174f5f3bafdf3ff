import { anomalyThreshold, createPatchSearch, joinTokens, type AnomalyBank } from '@dinokit/analysis'
import type { Tensor } from '@dinokit/core'
import { commandRuntime } from '../../input/command-runtime.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { coresetOf } from './coreset-of.ts'
import { learnImages } from './learn-images.ts'
import { learnTiles } from './learn-tiles.ts'
import type { FinishLearning, LearnChoice, LearnedPatches } from './learned.ts'

/**
 * Learns a bank from good images.
 *
 * @returns undefined where no image could be read
 */
export function learnBank(context: CommandContext, choice: LearnChoice): Promise<AnomalyBank | undefined> {
  const { tiles } = choice
  const finish: FinishLearning = (learned) => bankOf(context, choice, learned)
  return tiles ? learnTiles(context, { ...choice, tiles }, finish) : learnImages(context, choice, finish)
}

async function bankOf(
  context: CommandContext,
  { given, foreground, coreset, falseAlarms }: LearnChoice,
  learned: LearnedPatches,
): Promise<AnomalyBank> {
  const { folds, about } = learned
  const lengths = folds.map(({ shape }) => shape[0]!)
  const all = joinTokens(folds)
  const { patches, parts } = coreset === undefined ? { patches: all, parts: lengths } : await reduced(context, all, lengths, coreset)
  const info = { ...about, ...(foreground !== undefined && { foreground }) }
  if (folds.length < 2) return { patches, info }
  await using search = await createPatchSearch(commandRuntime(given), patches, parts)
  const held = await learned.scores(search)
  context.output.end()
  return { patches, info: { ...info, threshold: anomalyThreshold(held, falseAlarms) } }
}

async function reduced(
  context: CommandContext,
  all: Tensor,
  lengths: readonly number[],
  count: number,
): Promise<{ readonly patches: Tensor; readonly parts: readonly number[] }> {
  const { patches, places } = await coresetOf(context, all, count)
  let end = 0
  const parts = lengths.map((length) => {
    const start = end
    end += length
    return places.filter((place) => place >= start && place < start + length).length
  })
  return { patches, parts }
}
