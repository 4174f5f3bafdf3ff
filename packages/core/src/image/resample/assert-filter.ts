import type { Preprocessing } from '../../cards/model-card.ts'
import { DinokitError } from '../../contract/dinokit-error.ts'

/** Resamplers that compute in floats, each with the one filter that it has. */
export const OF_FLOATS: Readonly<Record<string, Preprocessing['filter']>> = {
  'torchvision-float': 'bilinear',
  'torchvision-unrounded': 'bilinear',
  opencv: 'bicubic',
  'opencv-twice': 'bicubic',
}

/**
 * Refuses a filter that a resampler does not have: those that compute in floats have one.
 *
 * @param preprocessing - filter and resampler
 * @throws DinokitError `model-unsupported`
 */
export function assertFilter({ filter, resampler = 'pillow' }: Pick<Preprocessing, 'filter' | 'resampler'>): void {
  const only = OF_FLOATS[resampler] ?? filter
  if (filter === only) return
  throw new DinokitError('model-unsupported', `${resampler} resizes by ${only} only, not by ${filter}.`, {
    given: filter,
    expected: `${only}, or resampler torchvision`,
  })
}
