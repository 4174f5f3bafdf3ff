import type { Build } from './choose-device.ts'
import { importOrt } from './import-ort.ts'

/** Beginning of the names of onnxruntime's threads; by this it knows them. */
export const THREAD_NAME = 'em-pthread'

/** Name of the workers that are threads of dinokit's kernels. */
export const KERNEL_THREAD = 'dinokit-kernels'

/**
 * The name of a thread that also says which build of onnxruntime it belongs to.
 *
 * @param device - that the build is for
 */
export function threadName(device: Build): string {
  return `${THREAD_NAME} ${device}`
}

/**
 * Reads the device from a worker's name.
 *
 * @param name - of the worker
 * @returns the device of the build of onnxruntime that it is a thread of, or undefined where it is none
 */
export function deviceOfThread(name: string): Build | undefined {
  if (!name.startsWith(THREAD_NAME)) return undefined
  return name === threadName('webgpu') ? 'webgpu' : 'wasm'
}

/**
 * Makes this worker a thread of onnxruntime, which is one as soon as its module runs by the right name. Its threads load the
 * file that its own module is in; where a bundler puts everything into one file, that is the sessions' worker.
 *
 * @param device - of the build
 */
export async function becomeThread(device: Build): Promise<void> {
  const early: MessageEvent[] = []
  const keep = (event: MessageEvent): void => void early.push(event)
  addEventListener('message', keep)
  await importOrt(device)
  removeEventListener('message', keep)
  for (const { data, ports } of early) dispatchEvent(new MessageEvent('message', { data: data as unknown, ports: [...ports] }))
}
