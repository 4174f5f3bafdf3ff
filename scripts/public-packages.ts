import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Used part of a package.json. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly homepage?: string
  readonly bugs?: { readonly url?: string }
  readonly license?: string
  readonly author?: string
  readonly repository?: { readonly url?: string; readonly directory?: string }
  readonly engines?: { readonly node?: string }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** A package of this workspace that is published. */
export interface PublicPackage {
  /** Relative to the root. */
  readonly folder: string
  readonly manifest: Manifest
}

/** The packages that are published: those in packages/ and packages/heads/ that are not private. */
export function publicPackages(): PublicPackage[] {
  const folders = ['packages', 'packages/heads'].flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)))
  return folders
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest }))
    .filter(({ manifest }) => !manifest.private)
}
