import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { join } from 'node:path'

/** GPUs of this machine and their drivers, found without asking a driver: it takes a few milliseconds at the most. */
export interface FoundGpus {
  /** GPUs, as the system names them: `NVIDIA H200`. */
  readonly names: readonly string[]
  /** Version of their driver, or what stands for it. */
  readonly driver: string
  /** Path of the Vulkan loader, where this is Linux and it is there. */
  readonly loader?: string
  /** Vulkan drivers that the loader is told of: paths of their manifests. */
  readonly manifests: readonly string[]
}

const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/lib64', '/lib/x86_64-linux-gnu', '/usr/lib', '/lib', '/usr/local/lib']

const MANIFEST_FOLDERS = ['/etc/vulkan/icd.d', '/usr/local/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/share/vulkan/icd.d']

/** Makers by the number that their hardware has. */
const MAKERS: Readonly<Record<string, string>> = { '0x10de': 'NVIDIA', '0x1002': 'AMD', '0x8086': 'Intel', '0x106b': 'Apple' }

/** Finds the GPUs of this machine. On Windows none is named: the engine asks the system itself. */
export function findGpus(): FoundGpus {
  if (process.platform === 'darwin') return { names: appleGpu(), driver: release(), manifests: [] }
  if (process.platform !== 'linux') return { names: [], driver: release(), manifests: [] }
  const loader = vulkanLoader()
  return { names: [...nvidiaGpus(), ...otherGpus()], driver: linuxDriver(), ...(loader && { loader }), manifests: vulkanManifests() }
}

/**
 * Finds the drivers that a process has loaded.
 *
 * @param pid - of a process on Linux that has a session on WebGPU
 * @returns file names, such as `libvk_swiftshader.so`; undefined where the system does not say
 */
export function loadedDrivers(pid: number | undefined): string[] | undefined {
  if (process.platform !== 'linux' || pid === undefined) return undefined
  const maps = readText(`/proc/${pid}/maps`)
  if (maps === undefined) return undefined
  const files = maps.split('\n').flatMap((line) => /\/([^/]*(?:vulkan|vk_|nvidia|GLX_)[^/]*\.so[^/]*)$/.exec(line)?.[1] ?? [])
  return [...new Set(files)].filter((file) => !file.startsWith('libvulkan.so'))
}

/** Drivers that compute on the processor, by their files. */
const SOFTWARE = /swiftshader|vulkan_lvp|libVkICD_mock/i

/**
 * Says which software stands in for a GPU in a process.
 *
 * @param drivers - that the process has loaded
 * @param gpus - of this machine
 * @returns its name, or undefined where a driver of a GPU is there
 */
export function softwareAdapter(drivers: readonly string[], gpus: FoundGpus): string | undefined {
  const software = drivers.filter((file) => SOFTWARE.test(file))
  const hardware = drivers.filter((file) => !SOFTWARE.test(file))
  if (software.length === 0 || (hardware.length > 0 && gpus.names.length > 0)) return undefined
  return software.some((file) => /swiftshader/i.test(file))
    ? 'SwiftShader'
    : software.some((file) => file.includes('lvp'))
      ? 'llvmpipe'
      : software[0]
}

function appleGpu(): string[] {
  const model = cpus()[0]?.model
  return model?.startsWith('Apple') ? [model] : []
}

function nvidiaGpus(): string[] {
  const folder = '/proc/driver/nvidia/gpus'
  return list(folder).flatMap((name) => {
    const model = /^Model:\s*(.+)$/m.exec(readText(join(folder, name, 'information')) ?? '')?.[1]?.trim()
    // A container that was given no GPU sees the files of the host's driver, and no device.
    if (!existsSync('/dev/nvidiactl')) return []
    return [model === undefined ? 'NVIDIA' : model.startsWith('NVIDIA') ? model : `NVIDIA ${model}`]
  })
}

/** GPUs other than NVIDIA's that a program may use, by their render nodes; and that of Windows below WSL. */
function otherGpus(): string[] {
  const nodes = list('/dev/dri').filter((name) => name.startsWith('renderD'))
  const found = nodes.flatMap((node) => {
    const folder = `/sys/class/drm/${node}/device`
    const [maker, device] = [readText(`${folder}/vendor`)?.trim(), readText(`${folder}/device`)?.trim()]
    if (maker === '0x10de' && existsSync('/proc/driver/nvidia')) return []
    return [`${MAKERS[maker ?? ''] ?? 'GPU'} ${device ?? node}`]
  })
  return existsSync('/dev/dxg') ? [...found, 'GPU of Windows'] : found
}

function linuxDriver(): string {
  const nvidia = readText('/proc/driver/nvidia/version')?.split('\n')[0]
  return nvidia ?? release()
}

function vulkanLoader(): string | undefined {
  const folders = [...(process.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean), ...LIBRARY_FOLDERS]
  return folders.map((folder) => join(folder, 'libvulkan.so.1')).find((path) => existsSync(path))
}

function vulkanManifests(): string[] {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES
  if (named) return named.split(':').filter((path) => existsSync(path))
  const found = MANIFEST_FOLDERS.flatMap((folder) => list(folder).map((name) => join(folder, name)))
  const added = (process.env.VK_ADD_DRIVER_FILES ?? '').split(':').filter((path) => path && existsSync(path))
  return [...added, ...found.filter((path) => path.endsWith('.json'))]
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
