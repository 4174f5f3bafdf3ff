import { assertPrecision, DinokitError, type DeviceName, type PrecisionName } from '@dinokit/core'

/**
 * Chooses the device of a number format: products of 8 bits are for a processor alone.
 *
 * @param precision - number format
 * @param device - as it was given
 * @param processor - name of the processor in this runtime
 * @throws DinokitError `invalid-option` for what is no number format, `device-unavailable` where a device was named that does not compute in that format
 */
export function deviceOfPrecision(
  precision: PrecisionName,
  device: DeviceName | undefined,
  processor: 'cpu' | 'wasm',
): DeviceName | undefined {
  assertPrecision(precision)
  if (precision !== 'int8' || device === processor) return device
  if (device === undefined || device === 'auto') return processor
  throw new DinokitError('device-unavailable', `The device ${device} does not compute in int8.`, {
    given: `device ${device}, precision int8`,
    expected: `device ${processor}`,
    hint: 'On a GPU leave the precision out; to take less memory there, take int8-weights.',
  })
}
