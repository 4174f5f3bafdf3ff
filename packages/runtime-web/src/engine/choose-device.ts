import { DinokitError } from '@dinokit/core'
import type { EngineOptions } from './engine-options.ts'

/** Device that can compute. */
export type Device = 'webgpu' | 'wasm'

/** The device for an option, and why it is not WebGPU where that would have been the choice. */
export async function chooseDevice(
  wanted: NonNullable<EngineOptions['device']>,
): Promise<{ readonly device: Device; readonly fallback?: string }> {
  if (wanted === 'wasm') return { device: 'wasm' }
  const adapter = await findAdapter()
  if (typeof adapter !== 'string' && (wanted === 'webgpu' || !isSoftware(adapter))) return { device: 'webgpu' }
  const fallback = typeof adapter === 'string' ? adapter : 'WebGPU is emulated in software here, which is slower than WebAssembly.'
  if (wanted === 'auto') return { device: 'wasm', fallback }
  throw new DinokitError('session-failed', `WebGPU was asked for. ${fallback}`, {
    expected: 'a browser and a graphics processor with WebGPU',
    hint: 'Leave the device to { engine: { device: "auto" } }.',
  })
}

async function findAdapter(): Promise<GPUAdapter | string> {
  // The types say that it is always there; older browsers and insecure pages say otherwise.
  const gpu = navigator.gpu as GPU | undefined
  if (!gpu) return isSecureContext ? 'This browser has no WebGPU.' : 'WebGPU needs a page served by https.'
  const adapter = await gpu.requestAdapter().catch(() => null)
  return adapter ?? 'This browser has WebGPU, but no graphics processor for it.'
}

function isSoftware({ info }: GPUAdapter): boolean {
  return info.isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(`${info.architecture} ${info.device} ${info.description}`)
}
