import type { ModelCard } from '../cards/model-card.ts'
import { DinokitError } from '../contract/dinokit-error.ts'

/**
 * Refuses a card whose images another library resizes: dinokit resizes as Pillow does, and other bytes would give other tokens.
 *
 * @param card - of the model
 * @throws DinokitError `model-unsupported`
 */
export function assertResampler({ id, preprocessing: { resampler = 'pillow' } }: ModelCard): void {
  if (resampler === 'pillow') return
  throw new DinokitError('model-unsupported', `${id} wants images resized by ${resampler}, which dinokit does not have yet.`, {
    given: `resampler ${resampler}`,
    expected: 'pillow',
    hint: 'With resampler=pillow single values of the images differ by 1, and tokens a little. Or resize the images by torchvision, and embed them with size source.',
  })
}
