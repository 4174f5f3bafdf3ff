import { assertPrecision, DinokitError, type AssetOptions, type Backbone, type PrecisionName, type Runtime } from '@dinokit/core'
import { TINY_CALIBRATION } from '@dinokit/model-tiny/calibration'
import { saturates } from '@dinokit/onnx'
import { calibrateInt8, inPrecision, readCalibration, type Calibration, type PrecisionForm, type VitBackbone } from '@dinokit/vit'
import { closingOnError } from './closing-on-error.ts'
import { readOwnAsset } from './read-own-asset.ts'
import { sampleInputs } from './sample-inputs.ts'

/** Options of {@link preciseBackbone}. */
interface PreciseOptions extends AssetOptions {
  /** File of a calibration that was made for this model. */
  readonly calibration?: string | undefined
}

/**
 * Makes the same backbone in another precision. For `int8` it takes the calibration that is given, the one that comes with the
 * embedded model, or makes one of images that come with dinokit, which takes as long as 30 to 250 images do. Where the runtime's device
 * does not compute in that format, the backbone stays in float32, and its `fallback` says why.
 *
 * @param runtime - that makes sessions and reads files
 * @param backbone - in float32; closing one closes both, and where this fails it is closed
 * @param precision - wanted
 * @param options - calibration, progress, cancellation
 * @throws DinokitError `model-unsupported` for a ready-made ONNX file, `invalid-option` for a calibration of another model
 */
export async function preciseBackbone(
  runtime: Runtime,
  backbone: Backbone,
  precision: PrecisionName,
  options: PreciseOptions = {},
): Promise<Backbone> {
  return closingOnError(backbone, async () => {
    assertPrecision(precision)
    if (precision === 'float32') return backbone
    if (!('withGraph' in backbone))
      throw new DinokitError('model-unsupported', `${backbone.card.id} is a ready-made ONNX file, which has its precision already.`, {
        given: precision,
        expected: 'float32, which leaves the file as it is',
        hint: 'Open the same model from its .safetensors or .pth weights.',
      })
    const fallback = await runtime.missingPrecision?.(precision)
    if (fallback !== undefined) return { ...backbone, fallback }
    const vit = backbone as VitBackbone
    return inPrecision(vit, await precisionForm(runtime, vit, precision, options))
  })
}

/**
 * Finds what a number format needs: for `int8` the calibration that is given, the embedded model's own, or one made of images that come with
 * dinokit.
 *
 * @param runtime - that makes sessions and reads files
 * @param backbone - stays the caller's
 * @param precision - wanted
 * @param options - calibration, progress, cancellation
 */
export async function precisionForm(
  runtime: Runtime,
  backbone: VitBackbone,
  precision: Exclude<PrecisionName, 'float32'>,
  options: PreciseOptions = {},
): Promise<PrecisionForm> {
  if (precision !== 'int8') return { precision }
  const unsigned = await saturates(runtime)
  return { precision, unsigned, calibration: await calibrationOf(runtime, backbone, options) }
}

async function calibrationOf(runtime: Runtime, backbone: VitBackbone, { calibration, ...options }: PreciseOptions): Promise<Calibration> {
  if (calibration !== undefined) return readCalibration(await runtime.readAsset({ kind: 'file', path: calibration }, options))
  const shipped = { kind: 'file', path: TINY_CALIBRATION.href } as const
  if (backbone.card.id === 'tiny') {
    const found = await readCalibration(await readOwnAsset(runtime, shipped, options))
    // Weights of another file may go by the same name.
    if (found.weights === backbone.digest) return found
  }
  return calibrateInt8(runtime, backbone, await sampleInputs(runtime, backbone, options), options)
}
