import { writeFileAtomic } from '@dinokit/runtime-node'
import { assertVerdict, exportStore, verifyStore, type Store } from '@dinokit/store'
import type { Command } from 'commander'
import type { CommandContext } from '../output/command-context.ts'
import { openStore, rowsDone } from '../input/open-store.ts'
import { locationOf, rowOptions, rowsOf, storeCommand, type RowOptions } from '../options/stores/store-options.ts'
import { reporting } from '../output/reporting.ts'
import { describeStore, readStoreInfo } from '../output/store-info.ts'
import { formatOf, importFile } from '../run/stores/import-store.ts'
import { addClustersCommand } from './store/clusters-command.ts'
import { addDiverseCommand } from './store/diverse-command.ts'
import { addDuplicatesCommand } from './store/duplicates-command.ts'
import { addLeaksCommand } from './store/leaks-command.ts'
import { addMapCommand } from './store/map-command.ts'
import { addOptimizeCommand } from './store/optimize-command.ts'
import { addOutliersCommand } from './store/outliers-command.ts'

/** Options of the commands on a store; `out` is the export’s alone, which requires it. */
interface StoreOptions extends RowOptions {
  readonly store?: string
  readonly out: string
}

/** `dinokit store` */
export function addStoreCommand(program: Command, context: (command: Command) => CommandContext): void {
  const store = program
    .command('store')
    .summary('Inspect, curate, verify, export and import embedding stores')
    .description('Inspect, curate, verify, export and import embedding stores, as `dinokit index` makes them.')
    .addHelpText('after', '\nExamples:\n  $ dinokit store info photos.store\n  $ dinokit store export photos.store --out photos.parquet')

  /** Adds a command on a store, which is named as argument or by --store. */
  const add = (
    name: string,
    about: string,
    access: 'read' | 'write',
    act: (store: Store, options: StoreOptions, context: CommandContext) => Promise<void>,
  ): Command => {
    const command = storeCommand(store, name, about)
    return command.action(async (given: string | undefined, options: StoreOptions) => {
      const location = locationOf(command, given, options)
      await reporting(context(command), location, async () => {
        await using opened: Store = await openStore(location, { access, onProgress: rowsDone(context(command).output) })
        await act(opened, options, context(command))
      })
    })
  }

  add('info', 'Print what a store holds: model, tensors, rows, labels.', 'read', async (opened, _options, { output }) => {
    const info = await readStoreInfo(opened)
    output.result(opened.name, info, describeStore(opened.name, info))
  })
  add(
    'verify',
    'Verify a whole store: counts, ids, hashes, and that every number is finite.',
    'read',
    async (opened, _options, { output, signal }) => {
      const verdict = await verifyStore(opened, { signal, onProgress: rowsDone(output) })
      assertVerdict(opened.name, verdict)
      const { rows, numbers } = verdict
      const { fingerprint } = opened.layout
      output.result(
        opened.name,
        { rows, numbers, fingerprint },
        `${opened.name}: ${rows} rows, ${numbers} numbers, all good (${fingerprint.model})`,
      )
    },
  )
  add(
    'migrate',
    'Migrate a store of an earlier format. Needs room for a second copy. Commands that write to a store do it too.',
    'read',
    async (opened, _options, { output }) => {
      const from = opened.layout.version
      await using store: Store = await openStore(opened.name, { access: 'write', onProgress: rowsDone(output) })
      const [{ version: to }, rows] = [store.layout, await store.count()]
      const said = from === to ? `format ${to} already` : `format ${from} -> ${to}`
      const hint = from === to ? '' : '; after a day, `dinokit store optimize` gives back the room of the earlier copy'
      output.report(opened.name, { rows, from, to }, `${opened.name}: ${said}, ${rows} rows${hint}`)
    },
  )
  const exporting = add(
    'export',
    'Export a store to one file, .parquet or .safetensors.',
    'read',
    async (opened, options, { output, signal }) => {
      const { out } = options
      const filter = rowsOf(options)
      await writeFileAtomic(out, exportStore(opened, formatOf(out), { ...filter, signal, onProgress: rowsDone(output) }), signal)
      const rows = await opened.count(filter)
      output.report(opened.name, { rows, out }, `${opened.name} -> ${out}  ${rows} rows`)
    },
  )
  rowOptions(exporting.requiredOption('--out <file>', 'the .parquet or .safetensors file'))

  const importing = store
    .command('import')
    .description('Import an exported file into a store; rows with the same id are replaced.')
    .argument('<file>', 'a .parquet or .safetensors file that `dinokit store export` wrote')
    .requiredOption('--store <dir>', 'the store; it is made where there is none')
    .action(async (file: string, { store: location }: { readonly store: string }) => {
      await reporting(context(importing), file, () => importFile(context(importing), file, location))
    })

  for (const addOther of [
    addOptimizeCommand,
    addDuplicatesCommand,
    addLeaksCommand,
    addClustersCommand,
    addOutliersCommand,
    addDiverseCommand,
    addMapCommand,
  ])
    addOther(store, context)
}
