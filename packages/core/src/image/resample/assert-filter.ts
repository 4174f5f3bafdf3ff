import type { Preprocessing, Resampler } from '../../cards/model-card.ts'
import { DinokitError } from '../../contract/dinokit-error.ts'

/**
 * Refuses a filter that a resampler does not have: torchvision takes floats for bilinear resizing alone.
 *
 * @param preprocessing - filter and resampler
 * @throws DinokitError `model-unsupported`
 */
export function assertFilter({ filter, resampler }: Pick<Preprocessing, 'filter' | 'resampler'>): void {
  if (!isOfFloats(resampler) || filter === 'bilinear') return
  throw new DinokitError('model-unsupported', `${resampler} resizes bilinearly only, and the filter is ${filter}.`, {
    given: `filter ${filter}`,
    expected: 'bilinear',
    hint: 'Set resampler=torchvision: with other filters torchvision has these bits on every processor.',
  })
}

/** Whether a resampler computes in floats. */
export function isOfFloats(resampler: Resampler | undefined): resampler is 'torchvision-float' | 'torchvision-unrounded' {
  return resampler === 'torchvision-float' || resampler === 'torchvision-unrounded'
}
