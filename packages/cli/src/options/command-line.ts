/** What was typed, as far as it can be known: for the cards of what a command made. */
export function commandLine(): string {
  const quote = (text: string): string => (/^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
  return ['dinokit', ...process.argv.slice(2).map(quote)].join(' ')
}
