import { quoted } from './found-objects.ts'

/** Score of one image. */
export interface ScoredImage {
  /** The image, as it was given. */
  readonly source: string
  readonly score: number
  /** Whether the score is above the threshold, where there is one. */
  readonly over?: boolean
}

/** Writes scores as a table, a line an image, the highest first. */
export function scoresTable(scores: readonly ScoredImage[]): string {
  const lines = scores
    .toSorted((a, b) => b.score - a.score)
    .map(({ source, score, over }) => [quoted(source), score.toFixed(6), over === undefined ? '' : over ? 'yes' : 'no'].join(','))
  return ['image,score,anomalous', ...lines, ''].join('\n')
}
