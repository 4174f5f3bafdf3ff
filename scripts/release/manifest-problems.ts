import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { minVersion, subset } from 'semver'
import type { Manifest, PublicPackage } from '../public-packages.ts'
import { installedWith } from './installed-with.ts'

const REPOSITORY = 'https://github.com/dinokit/dinokit'

/**
 * Lists what the package.json of a published package lacks: what its page on npm shows, and engines that its dependencies have too.
 *
 * @param published - the package
 * @returns a line each
 */
export function manifestProblems({ folder, manifest }: PublicPackage): string[] {
  const at = folder.replaceAll('\\', '/')
  const expected: Readonly<Record<string, string>> = {
    homepage: `${REPOSITORY}/tree/main/${at}#readme`,
    bugs: `${REPOSITORY}/issues`,
    repository: `git+${REPOSITORY}.git ${at}`,
    license: 'Apache-2.0',
    author: 'The dinokit authors',
  }
  const { homepage, bugs, repository, license, author, keywords = [] } = manifest
  const given: Readonly<Record<string, string | undefined>> = {
    homepage,
    bugs: bugs?.url,
    repository: `${repository?.url} ${repository?.directory}`,
    license,
    author,
  }
  const wrong = Object.keys(expected).filter((key) => given[key] !== expected[key])
  return [
    ...wrong.map((key) => `its ${key} is ${given[key] ?? 'missing'}; expected ${expected[key]}`),
    ...(keywords.includes('dinokit') && keywords.length >= 3 ? [] : ['it has fewer than three keywords, or dinokit is not among them']),
    ...(manifest.description ? [] : ['it has no description']),
    ...(existsSync(join(folder, 'README.md')) ? [] : ['it has no README.md']),
    ...engineProblems(folder, manifest),
  ].map((problem) => `${at}/package.json: ${problem}`)
}

/** Dependencies, theirs too, that need a Node which the package says it does not need. */
function engineProblems(folder: string, manifest: Manifest): string[] {
  const node = manifest.engines?.node
  if (node === undefined || minVersion(node) === null) return ['it does not say which Node it needs (engines.node)']
  return [...installedWith(folder, manifest)].flatMap(
    ([
      path,
      {
        manifest: { name, engines, version },
      },
    ]) =>
      engines?.node === undefined || subset(node, engines.node)
        ? []
        : [`engines.node is ${node}, and ${name} ${version} needs ${engines.node} (${path})`],
  )
}
