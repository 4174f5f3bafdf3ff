import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { publicPackages, type PublicPackage } from '../public-packages.ts'

/** A package as it would be published. */
export interface PackedPackage extends PublicPackage {
  readonly tarball: string
}

/**
 * Packs every public package as it would be published.
 *
 * @param folder - that is to hold the tarballs; it is made where it is not there
 */
export function packPackages(folder: string): PackedPackage[] {
  mkdirSync(folder, { recursive: true })
  return publicPackages().map(({ folder: source, manifest }) => {
    const said = execFileSync('pnpm', ['pack', '--pack-destination', folder], {
      cwd: resolve(source),
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
    return { folder: source, manifest, tarball: resolve(folder, said.trim().split('\n').at(-1)) }
  })
}
