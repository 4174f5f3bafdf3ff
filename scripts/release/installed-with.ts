import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Manifest } from '../public-packages.ts'

/** A package that is installed. */
export interface InstalledPackage {
  readonly folder: string
  readonly manifest: Manifest
}

/**
 * All that is installed with a package, each once.
 *
 * @param folder - of the package
 * @param manifest - its package.json
 * @param leaveOut - which packages do not count, nor what they bring
 * @returns by the chain of names that leads there, such as `undici` or `sharp > detect-libc`
 */
export function installedWith(
  folder: string,
  manifest: Manifest,
  leaveOut: (name: string) => boolean = () => false,
): Map<string, InstalledPackage> {
  const found = new Map<string, InstalledPackage>()
  const seen = new Set<string>()
  const add = (folder: string, { dependencies, optionalDependencies }: Manifest, chain: string): void => {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const home = leaveOut(name) ? undefined : installed(folder, name)
      // Native libraries of other platforms are not installed.
      if (home === undefined || seen.has(home)) continue
      seen.add(home)
      const path = chain === '' ? name : `${chain} > ${name}`
      const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest
      found.set(path, { folder: home, manifest })
      add(home, manifest, path)
    }
  }
  add(folder, manifest, '')
  return found
}

function installed(folder: string, name: string): string | undefined {
  for (let parent = realpathSync(folder); ; parent = dirname(parent)) {
    const home = join(parent, 'node_modules', name)
    if (existsSync(join(home, 'package.json'))) return realpathSync(home)
    if (dirname(parent) === parent) return undefined
  }
}
