import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { packPackages } from './pack-packages.ts'

/**
 * Unpacks our packages, as published, into node_modules of a folder, and links what they depend on: installed as their
 * users have them, without a registry.
 *
 * @param folder - that is to have node_modules
 */
export function installPacked(folder: string): void {
  const packages = packPackages(join(folder, 'packed'))
  // One that was linked would be unpacked over its sources.
  const own = new Set(packages.map(({ manifest }) => manifest.name))
  for (const { folder: path, manifest, tarball } of packages) {
    const source = resolve(path)
    const target = join(folder, 'node_modules', manifest.name)
    mkdirSync(target, { recursive: true })
    execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      const link = join(folder, 'node_modules', dependency)
      if (own.has(dependency) || existsSync(link) || !existsSync(join(source, 'node_modules', dependency))) continue
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(realpathSync(join(source, 'node_modules', dependency)), link)
    }
  }
}
