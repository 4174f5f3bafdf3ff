/** Columns of a help page, as commander takes them where there is no terminal. */
const WIDTH = 80

/**
 * Wraps the lines of a help page that are too long. Prose is joined and wrapped anew, entries of lists keep their second column, and
 * examples, which begin with `$`, stay whole.
 *
 * @param text - of the page
 */
export function wrapHelp(text: string): string {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const last = lines.at(-1)
    if (last !== undefined && isProse(last) && isProse(line)) lines[lines.length - 1] = `${last} ${line}`
    else lines.push(line)
  }
  return lines.flatMap(wrapLine).join('\n')
}

/** Tells whether a line is prose: not empty, not indented, not a heading. */
function isProse(line: string): boolean {
  return /^\S/.test(line) && !/^[^.]*:$/.test(line)
}

function wrapLine(line: string): string[] {
  if (line.length <= WIDTH || /^\s*\$ /.test(line)) return [line]
  const indent = ' '.repeat(/^ *(?:\S.*? {2,})?/.exec(line)![0].length)
  const wrapped: string[] = []
  let rest = line
  while (rest.length > WIDTH) {
    const at = rest.lastIndexOf(' ', WIDTH)
    if (at <= indent.length) break
    wrapped.push(rest.slice(0, at).trimEnd())
    rest = indent + rest.slice(at + 1).trimStart()
  }
  return [...wrapped, rest]
}
