import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { relativeAddresses } from './relative-addresses.ts'

/**
 * What emitted modules name and is not there, or is source: a `.ts` runs where TypeScript does, and nowhere else.
 * Addresses that leave the package are not looked at.
 *
 * @param dist - the folder of emitted files, in its package's folder
 * @returns one line each
 */
export function brokenAddresses(dist: string): string[] {
  const emitted = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|d\.ts)$/.test(name))
  return emitted.flatMap((name) => {
    const path = join(dist, name)
    return relativeAddresses(path, readFileSync(path, 'utf8'))
      .filter(({ address }) => isBroken(dist, path, address))
      .map(({ address }) => `${name} names ${address}`)
  })
}

function isBroken(dist: string, from: string, address: string): boolean {
  const target = join(dirname(from), address)
  if (relative(dirname(dist), target).split(sep)[0] === '..') return false
  const named = from.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target
  return /(?<!\.d)\.[cm]?tsx?$/.test(address) || !existsSync(named)
}
