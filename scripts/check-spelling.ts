/**
 * Checks of words: the spelling of every guide and source (cspell.config.yaml, .cspell/words.txt), phrases that readers stumbled
 * over, and that the check still finds what it is for: planted sentences with one fault each.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PLANTED } from './spelling/planted.ts'

/** Phrases that have to be decoded, and plain ones. */
const PHRASES: readonly (readonly [phrase: RegExp, better: string])[] = [
  [/\bthat (?:is|are) none\b(?! of)/, 'invalid, not a ...'],
  [/\bcalled as\b/, 'named after, with the name of'],
  [/\bvery bits\b/, 'bit for bit'],
  [/\bhow far (?:things|everything)\b/, 'depth'],
  [/\bto be had\b/, 'available'],
  [/\bmakes no sense\b/, 'invalid, unexpected'],
]
/** Files that keep the words of their time. */
const AS_WRITTEN = /(?:^|\/)CHANGELOG\.md$|^(?:docs\/runs|scripts\/spelling|decisions|\.changeset)\/|^scripts\/check-spelling/
const CSPELL = fileURLToPath(import.meta.resolve('cspell/bin'))
const CACHE = ['--cache', '--cache-strategy', 'content', '--cache-location', 'node_modules/.cache/cspell']

/** Runs cspell, and gives the lines that it complains in. It must say that it has checked so many files. */
function misspelled(args: readonly string[], least: number, input?: string): string[] {
  const { stdout, stderr, error } = spawnSync(process.execPath, [CSPELL, 'lint', '--no-progress', '--no-color', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...(input !== undefined && { input }),
  })
  if (error) throw error
  const checked = Number(/Files checked: (\d+)/.exec(stderr)?.[1] ?? 0)
  if (checked < least || /\d errors?\b/.test(stderr)) throw new Error(`cspell checked ${checked} files, not ${least}. ${stderr}`)
  return stdout.split('\n').filter(Boolean)
}

function awkward(name: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    PHRASES.flatMap(([phrase, better]) => {
      const found = phrase.exec(line)
      return found ? [`${name}:${index + 1} - "${found[0]}": ${better}`] : []
    }),
  )
}

const written = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md', '*.ts', '*.tsx'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((name) => existsSync(name) && !AS_WRITTEN.test(name))

const problems = [
  ...misspelled([...CACHE, '**/*.md', '**/*.{ts,tsx}'], 500),
  ...written.flatMap((name) => awkward(name, readFileSync(name, 'utf8'))),
]
for (const problem of problems) console.error(problem)

const found = [...misspelled(['stdin://planted.md'], 1, PLANTED.join('\n')), ...awkward('planted.md', PLANTED.join('\n'))]
const missed = PLANTED.filter((_, index) => !found.some((line) => new RegExp(`planted\\.md:${index + 1}\\b`).test(line)))
for (const sentence of missed) console.error(`The check no longer finds fault with: ${sentence}`)

process.exitCode = problems.length + missed.length > 0 ? 1 : 0
