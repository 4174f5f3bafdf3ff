import type { Resampler } from '../../cards/model-card.ts'
import { DinokitError } from '../../contract/dinokit-error.ts'
import type { ResizeFilter } from '../resize-filter.ts'

/**
 * Refuses a filter that a resampler does not have: torchvision takes floats for bilinear resizing alone.
 *
 * @param filter - of the preprocessing
 * @param resampler - of the preprocessing
 * @throws DinokitError `model-unsupported`
 */
export function assertFilter(filter: ResizeFilter, resampler: Resampler): void {
  if (resampler !== 'torchvision-float' || filter === 'bilinear') return
  throw new DinokitError('model-unsupported', `The resampler torchvision-float resizes bilinearly only, and the filter is ${filter}.`, {
    given: `resampler torchvision-float, filter ${filter}`,
    expected: 'filter bilinear, or resampler torchvision',
    hint: `With filter ${filter} torchvision resizes bytes on every processor: set resampler=torchvision.`,
  })
}
