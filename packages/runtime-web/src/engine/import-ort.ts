import type * as Ort from 'onnxruntime-web'
import type { Build } from './choose-device.ts'

/**
 * Imports the build of onnxruntime-web for a device.
 *
 * @param device - that computes
 */
export function importOrt(device: Build): Promise<typeof Ort> {
  return device === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm')
}
