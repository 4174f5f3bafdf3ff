import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { publicPackages } from '../public-packages.ts'

/** The engine and the decoder, whose weight is their own. */
const NATIVE = /^(?:onnxruntime-.*|sharp|@img\/.*)$/

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/**
 * Weighs what an installation brings, without onnxruntime and sharp.
 *
 * @param name - of one of our packages
 * @param unpacked - finds the folder into which one of our packages is unpacked as published
 * @returns bytes by package, the heaviest first
 */
export function installWeight(name: string, unpacked: (name: string) => string): Map<string, number> {
  const ours = new Map(publicPackages().map(({ folder, manifest }) => [manifest.name, resolve(folder)]))
  const weights = new Map<string, number>()
  const add = (folder: string, modules: string): void => {
    const { name, dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    if (weights.has(name) || NATIVE.test(name)) return
    weights.set(name, bytesIn(ours.has(name) ? unpacked(name) : folder))
    for (const dependency of Object.keys(dependencies)) {
      const own = ours.get(dependency)
      const found = own ?? modulesWith(modules, dependency)
      if (found) add(found, own ? join(own, 'node_modules') : dirname(found))
    }
  }
  const folder = ours.get(name)!
  add(folder, join(folder, 'node_modules'))
  return new Map([...weights].sort(([, a], [, b]) => b - a))
}

/** A dependency as pnpm lays it out: beside those that need it. */
function modulesWith(modules: string, name: string): string | undefined {
  for (let folder = modules; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, name)
    if (existsSync(join(path, 'package.json'))) return realpathSync(path)
  }
  return undefined
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesIn(path)
    return entry.isFile() ? sum + statSync(path).size : sum
  }, 0)
}
