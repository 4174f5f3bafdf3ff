import { readFileSync } from 'node:fs'
import { createProgram } from '../../packages/cli/src/create-program.ts'
import { guides, GUIDES } from './read-examples.ts'

type Command = ReturnType<typeof createProgram>['command']

const LINE = /^(?:npx @dinokit\/cli|dinokit) (?<words>[^#]+)/
const INLINE = /`(?<line>(?:npx @dinokit\/cli|dinokit) [^`]+)`/g
const WORD = /"[^"]*"|\S+/g

/**
 * Parses every command of the guides, in blocks and in sentences, without running it.
 *
 * @returns a sentence for each with a command or an option that there is not, or a value that an option can't have
 */
export function checkCommands(): string[] {
  return guides().flatMap((page) => {
    let shell = false
    return readFileSync(`${GUIDES}/${page}`, 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        if (line.startsWith('```')) shell = line === '```sh'
        const commands = shell ? [line] : Array.from(line.matchAll(INLINE), ({ groups }) => groups!.line!)
        return commands.flatMap((command) => {
          const words = LINE.exec(command)?.groups?.words
          const wrong = words === undefined ? undefined : fault(words.match(WORD) ?? [])
          return wrong === undefined ? [] : [`${GUIDES}/${page}:${index + 1}: ${command}: ${wrong}`]
        })
      })
  })
}

function fault(words: string[]): string | undefined {
  const program = createProgram(new AbortController().signal).command
  let command = program
  for (let found = subcommand(command, words[0]); found; found = subcommand(command, words[0])) {
    command = found
    words = words.slice(1)
  }
  if (command.commands.length > 0 && words[0] !== undefined && !words[0].startsWith('-')) return `there is no command ${words[0]}`
  const known = new Set(['--help', ...program.options.map(({ long }) => long)])
  try {
    const { unknown } = command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parseOptions(words)
    const strange = unknown.find((word) => word.startsWith('-') && !known.has(word))
    return strange && `there is no option ${strange}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function subcommand(command: Command, name: string | undefined): Command | undefined {
  return command.commands.find((other) => name !== undefined && (other.name() === name || other.aliases().includes(name)))
}
