/**
 * Makes the next version from the pending changesets: versions, CHANGELOGs, and what else names a version (the example of a
 * third-party head). Look at the result, and commit it.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publicPackages } from '../public-packages.ts'

const THIRD_PARTY = 'examples/third-party-head/package.json'

const run = (command: string, ...args: string[]): void =>
  void execFileSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })

run('changeset', 'version')
const packages = publicPackages()
const { version } = packages[0]!.manifest
const odd = packages.filter(({ manifest }) => manifest.version !== version)
if (odd.length > 0)
  throw new Error(`All packages have one version: ${odd.map(({ manifest }) => manifest.name).join(', ')} do not have ${version}.`)

writeFileSync(
  THIRD_PARTY,
  readFileSync(THIRD_PARTY, 'utf8').replace(/("(?:dinokit|@dinokit\/[\w-]+)": )"\^[\d.]+"/g, (_, name: string) => `${name}"^${version}"`),
)
const logs = packages.map(({ folder }) => join(folder, 'CHANGELOG.md')).filter((path) => existsSync(path))
for (const path of logs) {
  const text = readFileSync(path, 'utf8')
  // All packages have one version: where nothing was said of a package, its reader is told so.
  writeFileSync(path, text.replace(new RegExp(`(## ${version.replaceAll('.', '\\.')}\n)(?=\n*(?:## |$))`), '$1\nNo changes of its own.\n'))
}
run('prettier', '--write', '--log-level', 'warn', THIRD_PARTY, ...logs)
console.log(`${version}: ${packages.length} packages, ${logs.length} CHANGELOGs. Next: install, look at them, and commit.`)
