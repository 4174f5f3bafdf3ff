import {
  assertPrecision,
  DinokitError,
  tensor,
  type AssetOptions,
  type Backbone,
  type Pixels,
  type PrecisionName,
  type Runtime,
} from '@dinokit/core'
import { TINY_CALIBRATION, TINY_SAMPLES } from '@dinokit/model-tiny/calibration'
import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import { calibrateInt8, inPrecision, readCalibration, type Calibration, type VitBackbone } from '@dinokit/vit'
import { closingOnError } from './closing-on-error.ts'
import { readOwnAsset } from './read-own-asset.ts'

/** Options of {@link preciseBackbone}. */
interface PreciseOptions extends AssetOptions {
  /** File of a calibration that was made for this model. */
  readonly calibration?: string | undefined
}

/**
 * Makes the same backbone in another precision. For `int8` it takes the calibration that is given, the one that comes with the
 * embedded model, or makes one of images that come with dinokit, which takes as long as some 500 images do.
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
    const vit = backbone as VitBackbone
    if (precision !== 'int8') return inPrecision(vit, { precision })
    const unsigned = await saturates(runtime)
    const calibration = await calibrationOf(runtime, vit, { ...options, unsigned })
    return inPrecision(vit, { precision, calibration, unsigned })
  })
}

async function calibrationOf(
  runtime: Runtime,
  backbone: VitBackbone,
  { calibration, unsigned, ...options }: PreciseOptions & { readonly unsigned: boolean },
): Promise<Calibration> {
  if (calibration !== undefined) return readCalibration(await runtime.readAsset({ kind: 'file', path: calibration }, options))
  const shipped = { kind: 'file', path: TINY_CALIBRATION.href } as const
  if (backbone.card.id === 'tiny') {
    const found = await readCalibration(await readOwnAsset(runtime, shipped, options))
    // Weights of another file may go by the same name.
    if (found.weights === backbone.digest) return found
  }
  return calibrateInt8(runtime, backbone, await sampleInputs(runtime, backbone, options), { ...options, unsigned })
}

/** The images that come with dinokit as inputs of a model: cut as the card says, whole, and mirrored. */
async function sampleInputs(runtime: Runtime, { card }: Backbone, options: AssetOptions): Promise<Pixels[]> {
  const { preprocessing, architecture } = card
  const whole = { width: preprocessing.crop, height: preprocessing.crop }
  const ways = [{}, { size: whole }, { flip: true }, { size: whole, flip: true }]
  if (!runtime.preprocessImage)
    throw new DinokitError('invalid-option', 'The runtime does not prepare images, by which a calibration is made.', {
      given: runtime.name,
      expected: 'a calibration',
    })
  const images: Uint8Array[] = []
  for (const { href } of TINY_SAMPLES) {
    const source = await readOwnAsset(runtime, { kind: 'file', path: href }, options)
    images.push(await source.read(0, source.size))
    await source.close()
  }
  const inputs: Pixels[] = []
  for (const way of ways) {
    for (const image of images)
      inputs.push((await runtime.preprocessImage(image, { preprocessing, patch: architecture.patch, ...way })).pixels)
  }
  return inputs
}

/**
 * Whether the engine's products of unsigned and signed bytes saturate: on x86 processors without VNNI two of them are summed in 16 bits.
 * Unsigned levels have other instructions there, which are exact.
 */
async function saturates(runtime: Runtime): Promise<boolean> {
  const g = createGraphBuilder('saturation')
  const x = g.input('x', 'float32', [1, LENGTH])
  const bytes =
    (values: Uint8Array): (() => Uint8Array) =>
    () =>
      values
  const levels = g.weight('levels', { dtype: 'int8', shape: [LENGTH, 1], read: bytes(new Uint8Array(LENGTH).fill(127)) })
  const scale = g.constant(tensor('float32', Float32Array.of(1), [1]))
  g.output('y', g.apply('DynamicQuantizeMatMul', [x, levels, scale]), 'float32', [1, 1])
  const session = await runtime.createSession(encodeModel(g.build()))
  try {
    // All are the largest level, 255, which stands for 1.
    const { y } = await session.run({ x: tensor('float32', new Float32Array(LENGTH).fill(1), [1, LENGTH]) })
    return Math.abs(Number(y!.data[0]) - LENGTH * 127) > 1
  } finally {
    await session.dispose()
  }
}

/** Products that are summed to see whether they saturate. */
const LENGTH = 64
