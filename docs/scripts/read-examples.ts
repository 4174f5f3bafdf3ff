import { readdirSync, readFileSync } from 'node:fs'

/** The folder of the guides. */
export const GUIDES = 'docs'

/** A program of a guide: a block of TypeScript, with those that continue it. */
export interface Example {
  /** Such as `heads.12`: the page, and the line that it begins on. */
  readonly name: string
  readonly page: string
  /** Its lines are the page's: what lies between its blocks is empty, so that messages name the page's lines. */
  readonly lines: string[]
  /** Whether it runs in Node, offline, in a second or two. */
  readonly runs: boolean
}

const FENCE = /^(?<indent> *)```(?<language>\w*) ?(?<words>.*)$/
const WORDS = new Set(['', 'continues', 'no-run', 'browser'])

/**
 * Reads the code blocks of a guide. What follows `ts` says how they are checked: nothing: compiled and run; `no-run` or
 * `browser`: compiled; `continues`: part of the program above it. JSON must be JSON.
 *
 * @param page - its file's name in docs/
 * @throws Error naming page and line, where a block can't be read
 */
export function readExamples(page: string): Example[] {
  const lines = readFileSync(`${GUIDES}/${page}`, 'utf8').split('\n')
  const examples: Example[] = []
  for (let at = 0; at < lines.length; at++) {
    const { indent = '', language, words = '' } = FENCE.exec(lines[at]!)?.groups ?? {}
    if (language === undefined) continue
    const first = at + 1
    while (++at < lines.length && lines[at] !== `${indent}\`\`\``);
    const block = lines.slice(first, at).map((line) => line.slice(indent.length))
    const place = `${GUIDES}/${page}:${first}`
    if (language === 'json') assertJson(block.join('\n'), place)
    if (language !== 'ts') continue
    if (!WORDS.has(words)) throw new Error(`${place}: a block of TypeScript can't be ${words}: it is one of ${[...WORDS].join(', ')}`)
    const example =
      words === 'continues' ? examples.at(-1) : { name: `${page.replace('.md', '')}.${first}`, page, lines: [], runs: words === '' }
    if (!example) throw new Error(`${place}: this block continues none.`)
    example.lines.push(...Array<string>(first - example.lines.length).fill(''), ...block)
    if (words !== 'continues') examples.push(example)
  }
  return examples
}

/** The guides' files in docs/. */
export function guides(): string[] {
  return readdirSync(GUIDES).filter((name) => name.endsWith('.md'))
}

function assertJson(text: string, place: string): void {
  try {
    JSON.parse(text)
  } catch (cause) {
    throw new Error(`${place}: ${String(cause)}`, { cause })
  }
}
