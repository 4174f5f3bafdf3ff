import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { publicPackages } from '../public-packages.ts'
import { installedWith } from './installed-with.ts'

/** The engine and the decoder, whose weight is their own. */
const NATIVE = /^(?:onnxruntime-.*|sharp|@img\/.*)$/

/**
 * Weighs what an installation brings, without onnxruntime and sharp.
 *
 * @param name - of one of our packages
 * @param unpacked - the folders into which our packages are unpacked as published, by their names
 * @returns bytes by package, the heaviest first
 */
export function installWeight(name: string, unpacked: ReadonlyMap<string, string>): Map<string, number> {
  const { folder, manifest } = publicPackages().find(({ manifest }) => manifest.name === name)!
  const packages = [{ folder, manifest }, ...installedWith(folder, manifest, (name) => NATIVE.test(name)).values()]
  const weights = packages.map(({ folder, manifest: { name } }) => [name, bytesIn(unpacked.get(name) ?? folder)] as const)
  return new Map(weights.sort(([, a], [, b]) => b - a))
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesIn(path)
    return entry.isFile() ? sum + statSync(path).size : sum
  }, 0)
}
