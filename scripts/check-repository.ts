/**
 * Checks of the repository as a whole: the lock file names no registry host, no tracked file names this machine's
 * folders, published packages say what npm shows and which Node they need, CONTRIBUTING.md stays short, weights and expected
 * numbers stay within their limits, folders are topics of at most 15 files, commands have at most 120 lines, and findings say what
 * they found.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { manifestProblems } from './release/manifest-problems.ts'
import { publicPackages } from './public-packages.ts'
import { LONG_TESTS } from './quick/long-tests.ts'

const LONGEST_GUIDE = 150
const LARGEST_WEIGHTS = 12_500_000
const LARGEST_GOLDENS = 12_400_000
const LARGEST_FOLDER = 15
const LONGEST_COMMAND = 120
const TEXT = /\.(ts|cjs|js|json|md|yaml|yml|csv|txt|html|css|sh)$|(^|\/)(LICENSE|NOTICE|run|\.gitignore)$/

const problems: string[] = []
// Git lists what was deleted and not committed yet, too.
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((name) => existsSync(name))

const lock = readFileSync('pnpm-lock.yaml', 'utf8')
const host = /https?:\/\/[^\s'"]+/.exec(lock)
if (host) problems.push(`pnpm-lock.yaml names a host: ${host[0]}`)

for (const file of tracked.filter((name) => TEXT.test(name))) {
  const folder = /(?:\/root\/|\/home\/[a-z]+\/|\/work\/(?:main|shared))/.exec(readFileSync(file, 'utf8'))
  if (folder && file !== 'scripts/check-repository.ts') problems.push(`${file} names a folder of one machine: ${folder[0]}`)
}

for (const each of publicPackages()) problems.push(...manifestProblems(each))

const lines = readFileSync('CONTRIBUTING.md', 'utf8').split('\n').length
if (lines > LONGEST_GUIDE) problems.push(`CONTRIBUTING.md has ${lines} lines; ${LONGEST_GUIDE} are allowed`)

for (const [folder, limit] of [
  ['packages/model-tiny/assets/', LARGEST_WEIGHTS],
  ['goldens/', LARGEST_GOLDENS],
] as const) {
  const bytes = tracked.filter((name) => name.startsWith(folder)).reduce((sum, name) => sum + statSync(name).size, 0)
  if (bytes > limit) problems.push(`${folder} has ${bytes} bytes; ${limit} are allowed`)
}

const names = new Set(tracked.map((name) => basename(name)))
for (const name of LONG_TESTS.filter((name) => !names.has(name)))
  problems.push(`scripts/quick/long-tests.ts names ${name}, and there is no such file: test:quick would run what it was renamed to`)

const folders = new Map<string, number>()
for (const file of tracked.filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts')))
  folders.set(dirname(file), (folders.get(dirname(file)) ?? 0) + 1)
for (const [folder, files] of folders)
  if (files > LARGEST_FOLDER) problems.push(`${folder} has ${files} files; a topic has at most ${LARGEST_FOLDER}`)

/** Commands that do more than parse, call and print. */
const longCommands = (files: readonly string[], linesOf: (file: string) => number): string[] =>
  files.filter((file) => /^packages\/cli\/src\/commands\/.*-command\.ts$/.test(file) && linesOf(file) > LONGEST_COMMAND)
for (const file of longCommands(tracked, (name) => readFileSync(name, 'utf8').split('\n').length - 1))
  problems.push(`${file} is longer than ${LONGEST_COMMAND} lines: what it does belongs in run/, its options in options/`)
if (longCommands(['packages/cli/src/commands/train/planted-command.ts'], () => LONGEST_COMMAND + 1).length !== 1)
  problems.push('A command that is too long would not be found.')

const FINDING = [
  /^#!\/usr\/bin\/env bash\n/,
  /^# Software: ./m,
  /^# Expected: ./m,
  /^# Does: ./m,
  /^# Seen \d{4}-\d{2}:\n# {3}> ./m,
  /^trap /m,
]
for (const file of tracked.filter((name) => /^findings\/.*\.sh$/.test(name))) {
  const text = readFileSync(file, 'utf8')
  const missing = FINDING.filter((part) => !part.test(text))
  if (missing.length > 0) problems.push(`${file} lacks ${missing.join(', ')}: findings/README.md shows the form`)
}

for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
