import { findDuplicates, type Duplicates } from '@dinokit/curate'
import { Option, type Command } from 'commander'
import { curateCommand, measureOf, measureOptions, tableOption, type MeasureCommandOptions } from '../../options/stores/curate-options.ts'
import { rowsOf } from '../../options/stores/store-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { curateStore, type Findings } from '../../run/stores/curate-store.ts'

interface DuplicatesOptions extends MeasureCommandOptions {
  readonly keep: 'largest' | 'first'
}

/** `dinokit store duplicates` */
export function addDuplicatesCommand(store: Command, context: (command: Command) => CommandContext): void {
  const command = measureOptions(
    curateCommand(store, {
      name: 'duplicates',
      about: 'Find images that are there twice: the same file, or another encoding, size or crop of it.',
      apply: 'remove the duplicates’ rows from the store; files stay (default: dry run)',
      examples: [
        'duplicates photos.store',
        'duplicates photos.store --out duplicates.csv',
        'duplicates photos.store --threshold 0.8 --apply',
      ],
    }),
  ).addOption(new Option('--keep <which>', 'image of a group to keep').choices(['largest', 'first']).default('largest'))
  tableOption(command).action(async (given: string | undefined, options: DuplicatesOptions) => {
    const { keep, apply = false } = options
    await curateStore(context(command), command, {
      given,
      options,
      async work(opened, curating) {
        const found = await findDuplicates(opened, { ...rowsOf(options), ...measureOf(options), ...curating, keep })
        const ids = found.groups.flatMap(({ duplicates }) => duplicates.map(({ row }) => row.id))
        return findingsOf(found, { keep, ...(apply && { removed: await opened.remove(ids) }) })
      },
    })
  })
}

function findingsOf(
  { groups, rows, measure, threshold }: Duplicates,
  { keep, removed }: { readonly keep: string; readonly removed?: number },
): Findings {
  const lines = groups.flatMap(({ kept, duplicates }, group) =>
    duplicates.map(({ row, similarity, kind }) => ({
      group: group + 1,
      id: row.id,
      source: row.source,
      kept: kept.id,
      similarity: Number(similarity.toFixed(6)),
      kind,
    })),
  )
  const found = `${lines.length} duplicates of ${groups.length} images, among ${rows} (${measure} similarity from ${threshold})`
  const done = removed === undefined ? (lines.length > 0 ? '; --apply removes their rows' : '') : `, ${removed} rows removed`
  return {
    about: { rows, measure, threshold, keep, groups: groups.length, duplicates: lines.length, ...(removed !== undefined && { removed }) },
    columns: ['group', 'id', 'source', 'kept', 'similarity', 'kind'],
    lines,
    headline: `${found}${done}`,
    text: groups.flatMap(({ kept, duplicates }) => [
      `  ${kept.id}`,
      ...duplicates.map(
        ({ row, similarity, kind }) => `    ${similarity.toFixed(3)}  ${row.id}${kind === 'same-file' ? '  (same file)' : ''}`,
      ),
    ]),
  }
}
