import { DinokitError } from '@dinokit/core'
import { openStoreFile, type Store, type StoreFormat } from '@dinokit/store'
import { commandRuntime } from '../../input/command-runtime.ts'
import { openStore } from '../../input/open-store.ts'
import type { CommandContext } from '../../output/command-context.ts'

/**
 * Puts the rows of an exported file into a store, and tells how many.
 *
 * @param context - of the command
 * @param file - that `dinokit store export` wrote
 * @param location - of the store; it is made where there is none
 * @throws DinokitError those of files and of stores, `aborted`
 */
export async function importFile({ output, signal }: CommandContext, file: string, location: string): Promise<void> {
  const source = await commandRuntime().readAsset({ kind: 'file', path: file }, { signal })
  try {
    const { layout, count, rows } = await openStoreFile(source)
    await using store: Store = await openStore(location, { layout })
    let done = 0
    output.advance(0, count, 'rows')
    for await (const some of rows()) {
      if (signal.aborted) throw new DinokitError('aborted', 'The work was canceled.')
      await store.append(some)
      output.advance((done += some.length), count, 'rows')
    }
    const total = await store.count()
    output.report(file, { store: location, imported: done, rows: total }, `${file} -> ${location}  ${done} rows, ${total} in all`)
  } finally {
    await source.close()
  }
}

/**
 * Tells the format of an export by the ending of its file.
 *
 * @throws DinokitError `invalid-option` for another ending
 */
export function formatOf(path: string): StoreFormat {
  const [, format] = /\.(parquet|safetensors)$/i.exec(path) ?? []
  if (format) return format.toLowerCase() as StoreFormat
  throw new DinokitError('invalid-option', `${path} does not end with a format that can be exported.`, {
    given: path,
    expected: 'a .parquet or .safetensors file',
  })
}
