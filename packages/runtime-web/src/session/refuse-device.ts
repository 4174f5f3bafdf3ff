// Loaded only where a device is named that is seldom there.
import { DinokitError } from '@dinokit/core'

/** Part of WebNN that is used; the types of browsers do not have it yet. */
interface MachineLearning {
  createContext(options: { readonly deviceType: 'gpu' }): Promise<unknown>
}

/**
 * Refuses a device that was named.
 *
 * @param device - `webgpu`, or `webnn` where this browser has none
 * @param found - what is there in place of WebGPU
 * @throws DinokitError `device-unavailable`
 */
export async function refuseDevice(device: 'webgpu' | 'webnn', found: string | undefined): Promise<void> {
  const given = device === 'webnn' ? await missingWebnn() : found
  if (given === undefined) return
  throw new DinokitError('device-unavailable', `The device ${device} can’t be used.`, {
    given,
    expected:
      device === 'webnn'
        ? 'a browser with WebNN, such as Chromium with --enable-features=WebMachineLearningNeuralNetwork'
        : 'a browser with WebGPU and a GPU',
    hint: 'Take the device "auto".',
  })
}

async function missingWebnn(): Promise<string | undefined> {
  const { ml } = navigator as { readonly ml?: MachineLearning }
  if (ml) return ml.createContext({ deviceType: 'gpu' }).then(() => undefined, String)
  return isSecureContext ? 'This browser has no WebNN.' : 'WebNN needs a page served by https.'
}
