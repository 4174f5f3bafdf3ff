import type { Command } from 'commander'

/** Adds a command on a store, which is named as argument or by --store. */
export function storeCommand(store: Command, name: string, about: string): Command {
  return store
    .command(name)
    .description(about)
    .argument('[store]', 'a folder, or an address such as s3://bucket/embeddings')
    .option('--store <dir>', 'the same')
}

/** Reads the store that a command was given, as argument or by --store. Ends the command where there is none. */
export function locationOf(command: Command, given: string | undefined, { store }: { readonly store?: string }): string {
  return given ?? store ?? command.error('error: no store was given.')
}

/** Options that name some rows of a store. */
export interface RowOptions {
  readonly split?: string
  readonly label?: string
}

/** Adds the options that name some rows of a store. */
export function rowOptions(command: Command): Command {
  return command.option('--split <name>', 'only rows of this split').option('--label <name>', 'only rows with this label')
}

/** The rows that a command looks at. */
export function rowsOf({ split, label }: RowOptions): RowOptions {
  return { ...(split !== undefined && { split }), ...(label !== undefined && { label }) }
}
