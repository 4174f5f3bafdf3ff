import {
  assertPrecision,
  createVision,
  type CreateVisionOptions,
  type HeadMap,
  type NoHeads,
  type PrecisionName,
  type Runtime,
  type Vision,
} from '@dinokit/core'
import { loadBackbone, type LoadOptions, type ModelSource } from './load-backbone.ts'

/** Options of {@link openWith}. */
export interface OpenWithOptions<Heads extends HeadMap = NoHeads>
  extends CreateVisionOptions<Heads>, Pick<LoadOptions, 'cards' | 'card' | 'weights' | 'output' | 'adapter'> {
  /** Model to open. Default `tiny`. */
  readonly model?: ModelSource
  /** Number format of the network's computation. Default `float32`. */
  readonly precision?: PrecisionName
}

/**
 * Opens a model on a runtime of your choice; `open` does so on the platform's own.
 *
 * @param runtime - the platform; stays the caller's, unless the options say otherwise
 * @param options - model, heads, outputs, default size
 * @throws DinokitError see {@link open}
 */
export async function openWith<Source, Heads extends HeadMap = NoHeads>(
  runtime: Runtime<Source>,
  options: OpenWithOptions<Heads> = {},
): Promise<Vision<Source, Heads>> {
  const {
    model = 'tiny',
    cards = [],
    card,
    weights,
    output,
    adapter,
    precision = 'float32',
    ownsRuntime = false,
    ...visionOptions
  } = options
  const { signal, onProgress } = visionOptions
  assertPrecision(precision)
  runtime.warmUp?.()
  const chosen = {
    ...(card && { card }),
    ...(weights !== undefined && { weights }),
    ...(output !== undefined && { output }),
    ...(adapter !== undefined && { adapter }),
  }
  const loadOptions = { cards, ...chosen, ...(onProgress && { onProgress }), ...(signal && { signal }) }
  const backbone = await loadBackbone(runtime, model, loadOptions).catch(async (cause: unknown) => {
    if (ownsRuntime) await runtime.close?.()
    throw cause
  })
  return createVision(runtime, backbone, { ...visionOptions, ownsRuntime })
}
