import { currentArguments } from './renamed-arguments.ts'

/** Command line by today's names, as far as it can be known: for the cards of what a command made. */
export function commandLine(): string {
  const quote = (text: string): string => (/^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
  return ['dinokit', ...currentArguments(process.argv.slice(2)).args.map(quote)].join(' ')
}
