import {
  createVision,
  type CreateVisionOptions,
  type DeviceName,
  type HeadMap,
  type NoHeads,
  type PrecisionName,
  type Runtime,
  type Vision,
} from '@dinokit/core'
import { loadBackbone, unlistedModels, type LoadOptions, type ModelSource } from './load-backbone.ts'

/** Options of {@link openWith}. */
export interface OpenWithOptions<Heads extends HeadMap = NoHeads>
  extends CreateVisionOptions<Heads>, Pick<LoadOptions, 'cards' | 'card' | 'weights' | 'output' | 'adapter'> {
  /** Model to open. Default `tiny`. */
  readonly model?: ModelSource
  /** Number format of the network's computation. Default `float32`. */
  readonly precision?: PrecisionName
  /** With precision `int8`: file of a calibration of this model, as `dinokit calibrate` writes it. Default: made when it is opened. */
  readonly calibration?: string
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
    calibration,
    ownsRuntime = false,
    ...visionOptions
  } = options
  const { signal, onProgress } = visionOptions
  runtime.warmUp?.()
  const chosen = {
    ...(card && { card }),
    ...(weights !== undefined && { weights }),
    ...(output !== undefined && { output }),
    ...(adapter !== undefined && { adapter }),
  }
  const loadOptions = { cards, ...chosen, ...(onProgress && { onProgress }), ...(signal && { signal }) }
  const loading = loadBackbone(runtime, model, loadOptions).then(async (loaded) =>
    precision === 'float32'
      ? loaded
      : (await unlistedModels()).preciseBackbone(runtime, loaded, precision, { ...loadOptions, calibration }),
  )
  const backbone = await loading.catch(async (cause: unknown) => {
    if (ownsRuntime) await runtime.close?.()
    throw cause
  })
  return createVision(runtime, backbone, { ...visionOptions, ownsRuntime })
}

/**
 * Returns the device on which a model is computed: in 8 bits, the processor.
 *
 * @param precision - as it was given
 * @param device - as it was given
 * @param processor - name of the processor in this runtime
 * @throws DinokitError `invalid-option`, or `device-unavailable` where a device was named that does not compute in that format
 */
export async function placeOf(
  precision: PrecisionName = 'float32',
  device: DeviceName | undefined,
  processor: 'cpu' | 'wasm',
): Promise<DeviceName | undefined> {
  return precision === 'float32' ? device : (await unlistedModels()).deviceOfPrecision(precision, device, processor)
}
