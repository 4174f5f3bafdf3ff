import { DinokitError } from '@dinokit/core'
import type { EngineErrors } from '../engine/session-client.ts'
import { basename } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { hasCudaFiles, type GpuName } from './device-providers.ts'
import { findGpus, type FoundGpus } from './find-gpus.ts'

/** Words of engines and drivers that are about the device rather than about the model. */
const ABOUT_DEVICE =
  /webgpu|adapter|vulkan|VK_ERROR|cuda|cudnn|cublas|directml|d3d12|dxgi|coreml|metal|device|shared library|execution ?provider|backend not found|memory/i

const LOST = /device (?:was |is |has been )?(?:lost|removed|hung|destroyed)|DEVICE_LOST|DXGI_ERROR/i

/** Words of CUDA for any failure: its context is of no use afterwards. */
const BROKEN = /CUDA (?:error|failure)|cudaError/i

/** Dawn tells of a buffer that it could not allocate only when it is used. */
const MEMORY =
  /out of (?:\w+ )?memory|OUT_OF_(?:DEVICE_|HOST_)?MEMORY|allocat|CUBLAS_STATUS_ALLOC|Invalid Buffer.* due to a previous error/i

/** A graph in 16 bits opens on any device, and fails at its first run where the device has no such shaders. */
const NO_HALVES = 'requires f16 but the device does not support it'

/**
 * Makes the errors of a session on a GPU.
 *
 * @param device - that it is on
 * @param words - what the engine and drivers wrote to standard error so far
 */
export function deviceErrors(device: GpuName, words: () => string): EngineErrors {
  const lost = (given: string): DinokitError =>
    new DinokitError('device-lost', `The ${device} device was lost.`, {
      given: withWords(given, words()),
      hint: 'Open the model again; with the device "auto" the work goes on elsewhere. If it happens again, update the driver, or take the device "cpu".',
    })
  const full = (reason: string): DinokitError =>
    new DinokitError('device-unavailable', `The ${device} device has too little memory.`, {
      given: withWords(reason, words()),
      hint: 'Take smaller batches, smaller images or a smaller model, or the device "cpu".',
    })
  return {
    refused(reason) {
      if (MEMORY.test(reason)) return full(reason)
      if (ABOUT_DEVICE.test(reason)) return unavailable(device, withWords(reason, words()))
      return new DinokitError('session-failed', 'onnxruntime can’t load the model.', { given: reason })
    },
    stopped: (reason) => unavailable(device, withWords(reason, words())),
    failed(reason) {
      if (LOST.test(reason)) return lost(reason)
      if (MEMORY.test(reason)) return full(reason)
      if (BROKEN.test(reason)) return lost(reason)
      if (reason.includes(NO_HALVES)) return withoutHalves(device, reason)
      return new DinokitError('session-failed', 'onnxruntime could not run the model on these inputs.', { given: reason })
    },
    ended: lost,
  }
}

function withoutHalves(device: GpuName, reason: string): DinokitError {
  return new DinokitError('device-unavailable', `The ${device} device does not compute in 16 bits.`, {
    given: reason,
    expected: 'a GPU with 16-bit shaders (shader-f16) for precision float16',
    hint: 'Leave the precision out: float32 works on it.',
  })
}

/**
 * Makes the error of a device that can't be used: what was found, and what is missing.
 *
 * @param device - that was asked for
 * @param reason - what the engine said
 * @param found - GPUs and drivers of this machine
 */
export function unavailable(device: GpuName, reason: string, found: FoundGpus = findGpus()): DinokitError {
  const gpus = found.names.length > 0 ? found.names.join(', ') : process.platform === 'win32' ? 'GPUs not listed' : 'no GPU'
  const drivers = process.platform === 'linux' && device === 'webgpu' ? `; ${vulkanWords(found)}` : ''
  return new DinokitError('device-unavailable', `The device ${device} can’t be used.`, {
    given: `${gpus}${drivers}: ${reason}`,
    expected: EXPECTED[device],
    hint: `${missing(device, found)} The device "auto" takes the processor where no GPU works.`,
  })
}

const EXPECTED: Readonly<Record<GpuName, string>> = {
  webgpu: process.platform === 'linux' ? 'a GPU, its Vulkan driver, and the Vulkan loader (libvulkan.so.1)' : 'a GPU and its driver',
  cuda: 'a GPU by NVIDIA, its driver, CUDA 12, cuDNN 9, and the engine’s files for CUDA',
  directml: 'a GPU and its driver for Direct3D 12',
  coreml: 'a Mac with Apple silicon',
}

function vulkanWords({ loader, manifests }: FoundGpus): string {
  const drivers = manifests.map((path) => basename(path).replace(/(?:_icd)?(?:\.x86_64)?\.json$/, ''))
  return `${loader ? 'Vulkan loader' : 'no Vulkan loader'}, ${drivers.length > 0 ? `Vulkan drivers ${drivers.join(', ')}` : 'no Vulkan driver'}`
}

/** Command that gets the engine's files for CUDA: its install script, which is not run here, fetches them. */
const CUDA_INSTALL = 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --foreground-scripts'

function missing(device: GpuName, { names, loader, manifests }: FoundGpus): string {
  if (device === 'cuda') {
    if (!hasCudaFiles()) return `The engine’s files for CUDA are not installed: run \`${CUDA_INSTALL}\`, and install CUDA 12 and cuDNN 9.`
    return names.some((name) => name.startsWith('NVIDIA'))
      ? 'Install CUDA 12 and cuDNN 9 where the system finds their libraries (LD_LIBRARY_PATH).'
      : 'No GPU by NVIDIA was found: in a container, pass it through (--gpus all).'
  }
  if (device !== 'webgpu' || process.platform !== 'linux') return 'Update the driver of the GPU.'
  if (!loader) return 'Install the Vulkan loader (Debian and Ubuntu: apt-get install libvulkan1).'
  if (manifests.length === 0) return 'Install the Vulkan driver of the GPU, or name its manifest in VK_DRIVER_FILES.'
  if (names.length === 0) return 'No GPU was found: in a container, pass it through (--gpus all, --device /dev/dri).'
  return 'Update the driver of the GPU.'
}

/** Lines of what is written to standard error that say nothing: of another matter, colors alone, places in sources. */
const EMPTY_LINE = /XDG_RUNTIME_DIR|^$|^- While |^at /

function withWords(reason: string, words: string): string {
  const last = stripVTControlCharacters(words)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !EMPTY_LINE.test(line) && !reason.includes(line))
    .slice(-3)
    .join(' ')
  return [shortened(reason), last].filter(Boolean).join(' The driver said: ')
}

/** A reason without the engine's account of where in its sources it arose. */
function shortened(reason: string): string {
  return reason.trim().replace(/^Error: \/\S+ .*? was false\. /s, '')
}
