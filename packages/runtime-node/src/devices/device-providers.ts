import { DinokitError, type DeviceName } from '@dinokit/core'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Devices of the runtime for Node that are GPUs, or other processors beside the main one. */
export type GpuName = Extract<DeviceName, 'webgpu' | 'cuda' | 'directml' | 'coreml'>

/** Version of onnxruntime-node that the table of platforms is of. */
const ENGINE = 'onnxruntime-node 1.30'

interface Provider {
  /** Name that the engine has for it. */
  readonly provider: string
  /** Platforms whose library has it, or can load it. */
  readonly platforms: readonly string[]
}

const PROVIDERS: Readonly<Record<GpuName, Provider>> = {
  webgpu: { provider: 'webgpu', platforms: ['linux/x64', 'win32/x64', 'win32/arm64', 'darwin/arm64'] },
  cuda: { provider: 'cuda', platforms: ['linux/x64'] },
  directml: { provider: 'dml', platforms: ['win32/x64', 'win32/arm64'] },
  coreml: { provider: 'coreml', platforms: ['darwin/arm64'] },
}

/** Platforms as people call them. */
const PLATFORMS: Readonly<Record<string, string>> = {
  'linux/x64': 'Linux on x64',
  'linux/arm64': 'Linux on ARM',
  'win32/x64': 'Windows on x64',
  'win32/arm64': 'Windows on ARM',
  'darwin/arm64': 'Macs with Apple silicon',
  'darwin/x64': 'Macs with Intel processors',
}

/** Platforms that the engine has a library for. */
const SUPPORTED = ['linux/x64', 'linux/arm64', 'win32/x64', 'win32/arm64', 'darwin/arm64']

/** This platform, as `linux/x64`. */
const HERE = `${process.platform}/${process.arch}`

/**
 * Returns the GPUs' devices that the engine has on a platform, in the order in which `auto` tries them.
 *
 * @param platform - as `linux/x64`
 */
export function devicesOf(platform: string = HERE): GpuName[] {
  return (['cuda', 'webgpu', 'directml', 'coreml'] as const).filter((name) => PROVIDERS[name].platforms.includes(platform))
}

/**
 * Returns what the engine calls a device.
 *
 * @param device - of a GPU
 */
export function providerOf(device: GpuName): string {
  return PROVIDERS[device].provider
}

/**
 * Refuses a platform that the engine has no library for.
 *
 * @param platform - as `darwin/x64`
 * @throws DinokitError `device-unavailable`
 */
export function assertPlatform(platform: string = HERE): void {
  if (SUPPORTED.includes(platform)) return
  throw new DinokitError('device-unavailable', `${ENGINE} has no library for ${PLATFORMS[platform] ?? platform}.`, {
    given: platform,
    expected: SUPPORTED.join(', '),
    hint:
      platform === 'darwin/x64'
        ? 'Open the model in a browser of that Mac (dinokit/browser), or run dinokit on another machine.'
        : 'Open the model in a browser (dinokit/browser), or run dinokit on another machine.',
  })
}

/**
 * Refuses a device that the engine does not have on a platform.
 *
 * @param device - of a GPU
 * @param platform - as `linux/arm64`
 * @throws DinokitError `device-unavailable`
 */
export function assertDeviceOfPlatform(device: GpuName, platform: string = HERE): void {
  if (PROVIDERS[device].platforms.includes(platform)) return
  const others = devicesOf(platform)
  throw new DinokitError('device-unavailable', `${ENGINE} has no ${device} for ${PLATFORMS[platform] ?? platform}.`, {
    given: device,
    expected: ['auto', 'cpu', ...others].join(', '),
    hint: `${device} is there for: ${PROVIDERS[device].platforms.map((name) => PLATFORMS[name]).join(', ')}.`,
  })
}

/** The folder that the engine's library is in; undefined where it can't be found. */
function engineFolder(): string | undefined {
  try {
    const main = createRequire(import.meta.url).resolve('onnxruntime-node')
    return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch)
  } catch {
    return undefined
  }
}

/** Whether the engine's files for CUDA are beside its library: its install script brings them. */
export function hasCudaFiles(folder: string | undefined = engineFolder()): boolean {
  return folder !== undefined && existsSync(join(folder, 'libonnxruntime_providers_cuda.so'))
}
