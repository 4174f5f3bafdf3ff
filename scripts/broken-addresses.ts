import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { addressesIn } from './addresses-in.ts'
import type { Manifest } from './public-packages.ts'

/**
 * Lists the addresses that emitted modules name and their users do not have: files that are not there, sources (a `.ts` runs where TypeScript
 * does, and nowhere else), and packages that package.json does not name. Relative addresses that leave the package are not
 * looked at, nor are packages that private declarations name.
 *
 * @param folder - of the package, with package.json and dist/
 * @returns one line each
 */
export function brokenAddresses(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const dist = join(folder, 'dist')
  const emitted = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|d\.ts)$/.test(name))
  return emitted.flatMap((name) => {
    const path = join(dist, name)
    return addressesIn(path, readFileSync(path, 'utf8'))
      .filter(({ address }) =>
        /^\.\.?\//.test(address) ? isBroken(folder, path, address) : name.endsWith('.js') && isForeign(manifest, address),
      )
      .map(({ address }) => `dist/${name} names ${address}`)
  })
}

function isBroken(folder: string, from: string, address: string): boolean {
  const target = join(dirname(from), address)
  if (relative(folder, target).split(sep)[0] === '..') return false
  const named = from.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target
  return /(?<!\.d)\.[cm]?tsx?$/.test(address) || !existsSync(named)
}

function isForeign({ name, dependencies, optionalDependencies, peerDependencies }: Manifest, address: string): boolean {
  const named = /^(@[^/]+\/)?[^/]+/.exec(address)?.[0] ?? address
  return !isBuiltin(address) && named !== name && !(named in { ...dependencies, ...optionalDependencies, ...peerDependencies })
}
