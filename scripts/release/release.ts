/**
 * Publishes what the versions say that npm has not yet: `pnpm release`. With --dry-run nothing is published: everything is
 * packed, installed into empty projects, and used there.
 */
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { tryRelease } from './try-release.ts'

const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })
const run = (command: string, ...args: string[]): void =>
  void execFileSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })

run('turbo', 'run', 'build')
if (values['dry-run']) process.exitCode = (await tryRelease('all')) ? 0 : 1
else run('changeset', 'publish')
