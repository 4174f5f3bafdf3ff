import type { CurateOptions } from '@dinokit/curate'
import type { Store } from '@dinokit/store'
import type { Command } from 'commander'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { openStore, rowsDone } from '../../input/open-store.ts'
import type { CurateCommandOptions } from '../../options/stores/curate-options.ts'
import { locationOf } from '../../options/stores/store-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { writeTable, type FoundTable } from '../../output/found/curation-table.ts'
import { reporting } from '../../output/reporting.ts'

/** Findings of a command of curation; `about` is what --json says beside the rows. */
export interface Findings extends FoundTable {
  /** First line for a person. */
  readonly headline: string
  /** Lines for a person. */
  readonly text: readonly string[]
  /** Makes the page that --out asks for by .html. */
  readonly page?: () => Promise<string>
}

/** Task of a command of curation. */
export interface CurationTask {
  /** The store, as argument. */
  readonly given: string | undefined
  readonly options: CurateCommandOptions
  /** Does the work; it changes the store where --apply says so. */
  readonly work: (store: Store, options: Required<CurateOptions>) => Promise<Findings>
}

/** Lines for a person, unless --out asks for all. */
const SHOWN = 40

/** Opens a store, does the work of a command of curation on it, and tells what was found. Ends the command where no store was given. */
export async function curateStore(context: CommandContext, command: Command, { given, options, work }: CurationTask): Promise<void> {
  const { output, signal } = context
  const location = locationOf(command, given, options)
  await reporting(context, location, async () => {
    const onProgress = rowsDone(output)
    await using store: Store = await openStore(location, { access: options.apply ? 'write' : 'read', onProgress })
    const { about, columns, lines, headline, text, page } = await work(store, { onProgress, signal })
    const { out } = options
    const html = page && out !== undefined && /\.html$/i.test(out) ? await page() : undefined
    output.end()
    if (out !== undefined) {
      if (html !== undefined) await writeFileAtomic(out, [new TextEncoder().encode(html)], signal)
      else await writeTable(out, { about: { store: location, ...about }, columns, lines }, signal)
      output.result(location, { ...about, out }, `${location} -> ${out}  ${headline}`)
      return
    }
    const more = text.length - SHOWN
    const said = [
      `${location}: ${headline}`,
      ...text.slice(0, SHOWN),
      ...(more > 0 ? [`  ... ${more} more lines; --out FILE.csv writes all`] : []),
    ]
    output.result(location, { ...about, rows: lines }, said.join('\n'))
  })
}
