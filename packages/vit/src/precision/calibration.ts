import { openTensorFile, writeSafetensors } from '@dinokit/checkpoint'
import { DinokitError, tensor, type Backbone, type ByteSource } from '@dinokit/core'
import { groupName, inputWidth, listGroups } from './layer-groups.ts'

/** Measurements of a network on images, by which it is brought to 8 bits. */
export interface Calibration {
  /** Digest of the weights that it is for. */
  readonly weights: string
  /** Number of images that it was made from. */
  readonly images: number
  /** Largest inputs: by the group's name, the largest absolute value of each of its inputs. */
  readonly largest: ReadonlyMap<string, Float32Array>
  /** Names of the groups that stay in float32, because the tokens suffer too much. */
  readonly float32: readonly string[]
}

/** Kind and version that a calibration's file says. */
const KIND = 'dinokit int8 calibration 1'

/**
 * Writes a calibration as a safetensors file: a tensor a group, and the rest as text beside them.
 *
 * @param calibration - to write
 */
export function writeCalibration({ weights, images, largest, float32 }: Calibration): Uint8Array {
  const tensors = Object.fromEntries(Array.from(largest, ([name, values]) => [name, tensor('float32', values, [values.length])]))
  return writeSafetensors(tensors, { kind: KIND, weights, images: String(images), float32: float32.join(' ') })
}

/**
 * Reads a calibration, and closes its file.
 *
 * @param source - of the file
 * @throws DinokitError `checkpoint-invalid` where it is none
 */
export async function readCalibration(source: ByteSource): Promise<Calibration> {
  const file = await openTensorFile(source)
  try {
    const { kind, weights = '', images = '', float32 = '' } = file.metadata
    if (kind !== KIND)
      throw new DinokitError('checkpoint-invalid', `${source.name} is no calibration.`, {
        given: kind ?? 'a file of tensors that does not say what it is',
        expected: `a file that dinokit calibrate wrote (${KIND})`,
      })
    const largest = new Map<string, Float32Array>()
    for (const [name, stored] of file.tensors) largest.set(name, await stored.readFloat32())
    return { weights, images: Number(images), largest, float32: float32 === '' ? [] : float32.split(' ') }
  } finally {
    await file.close()
  }
}

/**
 * Refuses a calibration of another model.
 *
 * @param backbone - that it is to be for
 * @param calibration - as it was read
 * @throws DinokitError `invalid-option`
 */
export function assertCalibrationOf({ card, digest }: Backbone, { weights, largest, float32 }: Calibration): void {
  const places = listGroups(card.architecture.depth)
  const fits = places.every((place) => largest.get(groupName(place))?.length === inputWidth(card.architecture, place))
  const known = new Set(places.map(groupName))
  if (weights === digest && fits && float32.every((name) => known.has(name))) return
  throw new DinokitError('invalid-option', `The calibration is not one of ${card.id}.`, {
    given: `a calibration of weights ${weights.slice(0, 12)}`,
    expected: `one of weights ${digest.slice(0, 12)}`,
    hint: 'Make one: dinokit calibrate --model <model> --data <folder of images> --out <file>.',
  })
}
