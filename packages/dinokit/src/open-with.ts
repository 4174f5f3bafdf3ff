import { createVision, type ModelCard, type OnProgress, type Runtime, type Vision, type VisionOptions } from '@dinokit/core'
import { loadBackbone, type ModelSource } from './load-backbone.ts'

/** Options of {@link openWith}. */
export interface OpenWithOptions extends VisionOptions {
  /** Which model. Default `tiny`. */
  readonly model?: ModelSource
  /** Cards of your own that `model` may name. */
  readonly cards?: readonly ModelCard[]
  /** Told how a download proceeds. */
  readonly onProgress?: OnProgress
}

/**
 * Opens a model on a runtime of your choice; `open` does so on the platform's own.
 *
 * @param runtime - the platform
 * @param options - model, outputs, default size
 * @throws DinokitError see {@link open}
 */
export async function openWith<Source>(runtime: Runtime<Source>, options: OpenWithOptions = {}): Promise<Vision<Source>> {
  const { model = 'tiny', cards = [], onProgress, ...visionOptions } = options
  const { signal } = visionOptions
  runtime.warmUp?.()
  const loadOptions = { cards, ...(onProgress && { onProgress }), ...(signal && { signal }) }
  return createVision(runtime, await loadBackbone(runtime, model, loadOptions), visionOptions)
}
