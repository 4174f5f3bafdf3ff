import { writeFileAtomic } from '@dinokit/runtime-node'
import { assertSameFingerprint, type Store } from '@dinokit/store'
import { Option, type Command } from 'commander'
import { open } from 'dinokit'
import type { CommandContext } from '../output/command-context.ts'
import { openStore } from '../input/open-store.ts'
import { parseCount } from '../options/parse-options.ts'
import { modelOptions, openOptions, type ModelOptions } from '../options/image-options.ts'
import { reporting } from '../output/reporting.ts'

interface SearchCommandOptions extends Omit<ModelOptions, 'model'> {
  readonly store: string
  readonly model?: string
  readonly top: number
  readonly out?: string
  readonly split?: string
  readonly label?: string
  readonly approximate: boolean
}

/** `dinokit search` */
export function addSearchCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('search')
    .summary('Find the most similar images in a store')
    .description('Find the most similar images in a store, by cosine similarity of embeddings.')
    .argument('<image>', 'a file or an address')
    .requiredOption('--store <dir>', 'the store that `dinokit index` made')
    .addOption(new Option('--top <n>', 'number of results').argParser(parseCount).default(10))
    .option('--out <file.png>', 'draw the image beside its nearest neighbors')
    .option('--split <name>', 'only rows of this split')
    .option('--label <name>', 'only rows with this label')
    .option('--approximate', 'approximate search by an index; see `dinokit store optimize`', false)
  modelOptions(command, 'the store’s own')
    .addHelpText(
      'after',
      '\nExamples:\n  $ dinokit search photo.jpg --store photos.store --out similar.png\n  $ dinokit search photo.jpg --store s3://bucket/embeddings --top 3 --json',
    )
    .action(async (image: string, options: SearchCommandOptions) => {
      if (options.out !== undefined && !/\.png$/i.test(options.out)) command.error(`error: --out ${options.out} is no .png file.`)
      await reporting(context(command), image, () => search(context(command), image, options))
    })
}

async function search({ output, signal }: CommandContext, image: string, options: SearchCommandOptions): Promise<void> {
  const { top, out, split, label, approximate } = options
  await using store: Store = await openStore(options.store)
  const { fingerprint, size } = store.layout
  const model = options.model ?? fingerprint.model
  // Images are decoded as those of the store were.
  const decode = fingerprint.preprocessing.startsWith('fast-') ? 'fast' : 'exact'
  await using vision = await open({ ...openOptions({ ...options, model, decode }), size, onProgress: output.onProgress, signal })
  for (const note of assertSameFingerprint(store.name, fingerprint, vision.fingerprint(), vision)) output.note(`${store.name}: ${note}`)
  const { embedding } = await vision.embed(image, { signal })
  const neighbors = await store.search(embedding, {
    top,
    approximate,
    ...(split !== undefined && { split }),
    ...(label !== undefined && { label }),
    signal,
  })
  if (out !== undefined) {
    const { contactSheet } = await import('../draw/contact-sheet.ts')
    await writeFileAtomic(out, [await contactSheet(image, neighbors)])
  }
  const found = neighbors.map(({ id, source, similarity, label, split }) => ({ id, source, similarity, label, split }))
  const lines = found.map(({ similarity, id, label }) => `  ${similarity.toFixed(3)}  ${id}${label === undefined ? '' : `  (${label})`}`)
  output.result(
    image,
    out === undefined ? found : { neighbors: found, out },
    [out === undefined ? image : `${image} -> ${out}`, ...lines].join('\n'),
  )
}
