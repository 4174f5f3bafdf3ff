/** Runs in Node the tests of the packages that one edits, without the files that take long. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { LONG_TESTS } from './long-tests.ts'

const HELP = `Usage: npx pnpm@12 test:quick [folder...]

Run the tests of what you edit, in Node alone, in less than a minute.

Without folders: the packages that have changes which are not committed, or else those of the last commit.
Left out, for \`npx pnpm@12 test\` to run: tests in Chromium, and the files below, each of which takes some
seconds because it starts processes, trains networks or waits for servers:

`

const lines = (command: string, ...args: readonly string[]): string[] =>
  execFileSync(command, args, { encoding: 'utf8' }).split('\n').filter(Boolean)

/** Files with changes that are not committed, new ones too; those of the last commit where there are none. */
function changedFiles(): string[] {
  const changed = [...lines('git', 'diff', '--name-only', 'HEAD'), ...lines('git', 'ls-files', '--others', '--exclude-standard')]
  return changed.length > 0 ? changed : lines('git', 'diff', '--name-only', 'HEAD~1', 'HEAD')
}

/** The folder of the package that a file belongs to; none for those of the repository itself. */
function packageOf(file: string): string | undefined {
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) if (existsSync(`${folder}/package.json`)) return folder
  return undefined
}

const args = process.argv.slice(2)
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(`${HELP}${LONG_TESTS.map((name) => `  ${name}\n`).join('')}`)
  process.exit(0)
}
const folders = args.length > 0 ? args : [...new Set(changedFiles().flatMap((file) => packageOf(file) ?? []))]
if (folders.length === 0) {
  process.stdout.write('No package has changes. Name the folders to test: npx pnpm@12 test:quick packages/core\n')
  process.exit(0)
}
process.stdout.write(`Tests of ${folders.join(', ')}, in Node, without the long ones.\n`)
// Vitest's own --exclude leaves nothing out of projects.
const files = lines('git', 'ls-files', '--cached', '--others', '--exclude-standard', '--', ...folders).filter(
  (file) => file.endsWith('.test.ts') && !/\.(?:browser|slow)\b/.test(file) && !LONG_TESTS.includes(basename(file)) && existsSync(file),
)
if (files.length === 0) {
  process.stdout.write('They have no tests that are quick: npx pnpm@12 test runs the others.\n')
  process.exit(0)
}
const { status } = spawnSync('npx', ['vitest', 'run', '--project', 'node*', '--passWithNoTests', ...files], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
process.exitCode = status ?? 1
