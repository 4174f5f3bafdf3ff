// Loaded only where another precision than float32 is asked for.
import type { PrecisionName } from '@dinokit/core'
import type { WEB_DEVICES } from './engine-options.ts'
import { chooseDevice } from './choose-device.ts'

/**
 * Says why the GPU that a device stands for does not compute in a number format: WebGPU leaves 16 bits to each GPU, as its feature
 * `shader-f16`, and the engine finds out at the first run.
 *
 * @param precision - number format
 * @param device - as it was given
 * @returns undefined where it does, and where WebAssembly computes, which has 16 bits everywhere
 * @throws DinokitError `device-unavailable` where a device was named that is not there
 */
export async function missingPrecision(precision: PrecisionName, device: (typeof WEB_DEVICES)[number]): Promise<string | undefined> {
  if (precision !== 'float16' || (await chooseDevice(device)).device !== 'webgpu') return undefined
  const adapter = await navigator.gpu.requestAdapter()
  if (adapter?.features.has('shader-f16')) return undefined
  return 'This GPU does not compute in 16 bits (WebGPU’s feature shader-f16 is missing), so the model is computed in float32.'
}
