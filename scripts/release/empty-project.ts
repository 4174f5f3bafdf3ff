import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PackedPackage } from './pack-packages.ts'

/** A package manager that installs tarballs. */
export type PackageManager = 'npm' | 'pnpm'

/**
 * Makes an empty project and installs packages into it as the registry would give them: ours from their tarballs, all others
 * from the registry.
 *
 * @param folder - of the project; it is made
 * @param names - of our packages that the project asks for
 * @param packed - all of our packages
 * @param manager - which installs them
 */
export function emptyProject(folder: string, names: readonly string[], packed: readonly PackedPackage[], manager: PackageManager): void {
  mkdirSync(folder, { recursive: true })
  const tarballs = new Map(packed.map(({ manifest, tarball }) => [manifest.name, pathToFileURL(tarball).href.replace('file://', 'file:')]))
  const needed = closureOf(names, packed)
  const specifiers = (of: Iterable<string>): Record<string, string> =>
    Object.fromEntries([...of].map((name) => [name, tarballs.get(name)!]))
  // npm takes a package that is there already for what others ask; pnpm keeps each apart, and is told by overrides.
  const dependencies = specifiers(manager === 'npm' ? needed : names)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }, undefined, 2))
  if (manager === 'pnpm') {
    const lines = Object.entries(specifiers(needed)).map(([name, tarball]) => `  '${name}': '${tarball}'`)
    writeFileSync(join(folder, 'pnpm-workspace.yaml'), ['packages: []', 'strictDepBuilds: false', 'overrides:', ...lines, ''].join('\n'))
  }
  const quiet =
    manager === 'npm' ? ['--no-audit', '--no-fund', '--loglevel', 'error', '--prefer-offline'] : ['--prefer-offline', '--silent']
  execFileSync(manager, ['install', ...quiet], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    // The CPU needs nothing of what the engine's install script fetches.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', CI: 'true' },
    shell: process.platform === 'win32',
  })
}

/** Packages, and those of ours that they bring. */
function closureOf(names: readonly string[], packed: readonly PackedPackage[]): Set<string> {
  const found = new Set<string>()
  const add = (name: string): void => {
    const own = packed.find(({ manifest }) => manifest.name === name)
    if (!own || found.has(name)) return
    found.add(name)
    Object.keys({ ...own.manifest.dependencies, ...own.manifest.peerDependencies }).forEach(add)
  }
  names.forEach(add)
  return found
}

/** The version that an installed package says. */
export function installedVersion(folder: string, name: string): string {
  return (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { readonly version: string }).version
}
