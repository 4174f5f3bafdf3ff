/** Record of what a search of folders passed over. */
export interface PassedOver {
  /** Files that are no images by their ending or, without one, by their first bytes; hidden files and folders. */
  readonly files: number
  /** Counts of these by ending, such as `.heic`; `hidden`; `no ending`; `broken link`. */
  readonly kinds: Readonly<Record<string, number>>
  /** Further names, links and arguments that mean an image or a folder that was counted already. */
  readonly repeated: number
  /** Folders of folders, where those are not looked into. */
  readonly folders: number
}

/** Counts what is passed over. */
export interface PassedOverCounter {
  file(kind: string): void
  repeated(): void
  folder(): void
  counted(): PassedOver
}

/** Makes a counter at zero. */
export function countPassedOver(): PassedOverCounter {
  const kinds = new Map<string, number>()
  let [files, repeated, folders] = [0, 0, 0]
  return {
    file(kind) {
      files++
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    },
    repeated() {
      repeated++
    },
    folder() {
      folders++
    },
    counted: () => ({ files, kinds: Object.fromEntries([...kinds].sort(byCount)), repeated, folders }),
  }
}

function byCount([a, some]: [string, number], [b, others]: [string, number]): number {
  return others - some || (a < b ? -1 : 1)
}

/** Kinds that are named; the rest is summed up. */
const NAMED = 8

/**
 * One sentence for a person, such as `5 files passed over: 2 .heic, 3 .txt`.
 *
 * @param passedOver - what was counted
 * @returns undefined where nothing was
 */
export function describePassedOver({ files, kinds, repeated, folders }: PassedOver): string | undefined {
  const all = Object.entries(kinds)
  const rest = all.slice(NAMED).reduce((sum, [, count]) => sum + count, 0)
  const named = [...all.slice(0, NAMED).map(([kind, count]) => `${count} ${kind}`), ...(rest > 0 ? [`${rest} of other kinds`] : [])]
  const said = [
    ...(files > 0 ? [`${plural(files, 'file')} passed over: ${named.join(', ')}`] : []),
    ...(repeated > 0 ? [`${plural(repeated, 'further name')} of what is counted already`] : []),
    ...(folders > 0 ? [`${plural(folders, 'folder')} not looked into (--recursive does)`] : []),
  ]
  return said.length > 0 ? said.join('; ') : undefined
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
