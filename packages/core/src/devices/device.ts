import { DinokitError } from '../contract/dinokit-error.ts'

/** Names of devices, the same in both runtimes; `auto` is a GPU where one works for the model, else the processor. */
export const DEVICE_NAMES = Object.freeze(['auto', 'cpu', 'wasm', 'webgpu', 'cuda', 'directml', 'coreml', 'webnn'] as const)

/** Name of a device. `cpu`, `cuda`, `directml` and `coreml` are Node's; `wasm` and `webnn` are a browser's; the others are both's. */
export type DeviceName = (typeof DEVICE_NAMES)[number]

/**
 * Refuses what is no device of a runtime.
 *
 * @param device - as it was given
 * @param known - the devices that the runtime has
 * @throws DinokitError `device-unavailable` for a device of the other runtime, `invalid-option` for what is none
 */
export function assertDevice<Known extends DeviceName>(device: DeviceName, known: readonly Known[]): asserts device is Known {
  if ((known as readonly string[]).includes(device)) return
  if (!DEVICE_NAMES.includes(device))
    throw new DinokitError('invalid-option', `The option device is ${device}.`, { given: device, expected: known.join(', ') })
  throw new DinokitError('device-unavailable', `The device ${device} is not one of this runtime.`, {
    given: device,
    expected: known.join(', '),
    hint: 'Take "auto".',
  })
}

/**
 * Decides between two places that a device may be named at.
 *
 * @param device - option of the model or the runtime
 * @param ofEngine - the same among the options of the engine
 * @returns `auto` where neither names one
 * @throws DinokitError `invalid-option` where they name two
 */
export function chosenDevice(device: DeviceName | undefined, ofEngine: DeviceName | undefined): DeviceName {
  if (device === undefined || ofEngine === undefined || device === ofEngine) return device ?? ofEngine ?? 'auto'
  throw new DinokitError('invalid-option', `The option device is ${device}, and engine.device is ${ofEngine}.`, {
    given: `${device} and ${ofEngine}`,
    expected: 'one device',
    hint: 'Leave out engine.device.',
  })
}
