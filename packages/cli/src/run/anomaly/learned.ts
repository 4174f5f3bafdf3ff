import type { AnomalyBank, AnomalyBankInfo, PatchSearch, TileOptions } from '@dinokit/analysis'
import type { Tensor } from '@dinokit/core'
import type { AnalysisOptions } from '../../options/analysis-options.ts'

/** Choice of what is learned. */
export interface LearnChoice {
  readonly images: readonly string[]
  readonly given: Omit<AnalysisOptions, 'overwrite'>
  readonly layer?: number
  /** Threshold of the mask of the foreground. */
  readonly foreground?: number
  readonly rotations: boolean
  readonly coreset?: number
  readonly falseAlarms: number
  /** See images tile by tile. */
  readonly tiles?: TileOptions
}

/** Patches of good images, and what scores those images by the patches of the others. */
export interface LearnedPatches {
  /** Patches of each part of the images: [patches][dim]. */
  readonly folds: readonly Tensor[]
  readonly about: Omit<AnomalyBankInfo, 'foreground' | 'threshold'>
  /**
   * Scores each image by the other parts.
   *
   * @param search - whose parts are the folds
   */
  scores(search: PatchSearch): Promise<readonly number[]>
}

/** Makes of the patches that were learned what the caller returns, while the model is open. */
export type FinishLearning = (learned: LearnedPatches) => Promise<AnomalyBank>
