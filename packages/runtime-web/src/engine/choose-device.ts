import type { WEB_DEVICES } from './engine-options.ts'

/** Build of onnxruntime-web. */
export type Build = 'webgpu' | 'wasm'

/** Device that can compute. */
export type Device = Build | 'webnn'

/** Device that was chosen. */
export interface ChosenDevice {
  readonly device: Device
  /** Name of the GPU, where the browser says it. */
  readonly adapter?: string
  /** Why it is not WebGPU where that would have been the choice. */
  readonly fallback?: string
}

/**
 * Returns the build of onnxruntime-web that has a device.
 *
 * @param device - that computes
 */
export function buildFor(device: Device): Build {
  return device === 'wasm' ? 'wasm' : 'webgpu'
}

/**
 * Chooses the device for an option.
 *
 * @param wanted - the option
 * @throws DinokitError `device-unavailable` where the device that was named is not there
 */
export async function chooseDevice(wanted: (typeof WEB_DEVICES)[number]): Promise<ChosenDevice> {
  if (wanted === 'wasm') return { device: 'wasm' }
  const refuse = async (device: 'webgpu' | 'webnn', found?: string): Promise<ChosenDevice> => {
    await (await import('../session/refuse-device.ts')).refuseDevice(device, found)
    return { device }
  }
  if (wanted === 'webnn') return refuse(wanted)
  const found = await findAdapter()
  if (typeof found !== 'string' && (wanted === 'webgpu' || !isSoftware(found))) {
    const adapter = nameOf(found)
    return { device: 'webgpu', ...(adapter && { adapter }) }
  }
  const fallback = typeof found === 'string' ? found : 'WebGPU is emulated in software here, which is slower than WebAssembly.'
  return wanted === 'auto' ? { device: 'wasm', fallback } : refuse(wanted, fallback)
}

async function findAdapter(): Promise<GPUAdapter | string> {
  // The types say that it is always there; older browsers and insecure pages say otherwise.
  const gpu = navigator.gpu as GPU | undefined
  if (!gpu) return isSecureContext ? 'This browser has no WebGPU.' : 'WebGPU needs a page served by https.'
  const adapter = await gpu.requestAdapter().catch(() => null)
  return adapter ?? 'This browser has WebGPU, but no graphics processor for it.'
}

function nameOf({ info }: GPUAdapter): string {
  return info.description || [info.vendor, info.device || info.architecture].filter(Boolean).join(' ')
}

function isSoftware({ info }: GPUAdapter): boolean {
  return (
    info.isFallbackAdapter ||
    /swiftshader|llvmpipe|lavapipe|basic render|warp/i.test(`${info.architecture} ${info.device} ${info.description}`)
  )
}
