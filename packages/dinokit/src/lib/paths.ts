/** The last part of a path or an address. */
export function basename(path: string): string {
  return split(path.replace(/[/\\]+$/, ''))[1]
}

/** Returns everything before the last part of a path or an address. */
export function dirname(path: string): string {
  return split(path)[0]
}

/** The extension of a path or an address, in lower case, with its dot and without a query; empty where it has none. */
export function extname(path: string): string {
  return /.(\.[^.?#]*)(?:[?#][^.]*)?$/.exec(basename(path))?.[1]?.toLowerCase() ?? ''
}

/** A file of a folder. */
export function join(folder: string, file: string): string {
  return folder === '.' ? file : `${folder.replace(/\/$/, '')}/${file}`
}

/** Splits at the last slash or backslash. */
function split(path: string): readonly [folder: string, name: string] {
  const last = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  return [last < 0 ? '.' : path.slice(0, last) || '/', path.slice(last + 1)]
}
