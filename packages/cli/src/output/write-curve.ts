import { writeFileAtomic } from '@dinokit/runtime-node'
import type { LearningCurve } from '../draw/learning-curves.ts'

/** Measurements of one epoch. */
export interface EpochValues {
  /** Counted from 1. */
  readonly epoch: number
  /** Values by the names of their curves; the same of every epoch. */
  readonly values: Readonly<Record<string, number>>
}

/**
 * Draws the learning curves of a training.
 *
 * @param path - of the PNG file; undefined: nothing is drawn
 * @param title - of the training
 * @param epochs - what was measured of each
 * @param kept - the epoch that was kept, where one was chosen
 */
export async function writeCurve(path: string | undefined, title: string, epochs: readonly EpochValues[], kept?: number): Promise<void> {
  if (path === undefined || epochs.length === 0) return
  const { learningCurves } = await import('../draw/learning-curves.ts')
  const curves = Object.keys(epochs[0]!.values).map((name): LearningCurve => ({
    name,
    points: epochs.map(({ epoch, values }) => [epoch, values[name]!] as const),
  }))
  await writeFileAtomic(path, [await learningCurves(title, curves, { unit: 'epoch', ...(kept !== undefined && { kept }) })])
}
