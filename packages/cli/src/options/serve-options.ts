import { InvalidArgumentError, Option, type Command } from 'commander'
import { modelOptions, type ModelOptions } from './image-options.ts'
import { parseCount, parseLayers, parseNumber, parseWhole } from './parse-options.ts'

/** Heads that `dinokit serve` can open, by the routes that they answer. */
export const SERVED_HEADS = ['classification', 'depth', 'segmentation'] as const

/** Head that can be served. */
export type ServedHead = (typeof SERVED_HEADS)[number]

/** Options of `dinokit serve`. */
export interface ServeCommandOptions extends Omit<ModelOptions, 'model'> {
  readonly model?: string
  readonly port: number
  readonly host: string
  readonly heads?: readonly ServedHead[]
  readonly store?: string
  readonly layers?: number[]
  readonly attention?: number[]
  readonly batch?: number
  readonly batchWait?: number
  readonly waiting?: number
  readonly maxBytes?: number
  readonly keys?: string
  readonly origin: readonly string[]
  readonly allowHost: readonly string[]
  readonly closeWithin: number
}

/** Pixels of an image that strangers send. */
const PIXEL_LIMIT = 50_000_000

/** Adds what `dinokit serve` says and takes. */
export function serveOptions(command: Command): Command {
  command
    .summary('Answer over HTTP: embeddings, classes, depth, segments, search')
    .description('Answer over HTTP: POST an image to /embed, /classify, /depth, /segment or /search. A page to try it is at /.')
    .addOption(new Option('--port <n>', 'port; 0 takes any that is free').argParser(parseWhole).default(8080))
    .option('--host <address>', 'address to listen at; 0.0.0.0 is all of this machine’s', '127.0.0.1')
    .addOption(
      new Option('--heads <list>', `heads to open: ${SERVED_HEADS.join(',')} (default: those that come with the model)`).argParser(
        parseServed,
      ),
    )
    .option('--store <dir>', 'the store that /search looks in, as `dinokit index` made it')
    .addOption(new Option('--layers <list>', 'layers that /embed can give too, such as 3,6,9,12').argParser(parseLayers))
    .addOption(new Option('--attention <list>', 'layers whose attention /embed can give too').argParser(parseLayers))
    .addOption(new Option('--batch <n>', 'most images of one run (default: 1, on a GPU 8)').argParser(parseCount))
    .addOption(new Option('--batch-wait <ms>', 'time that an image waits for others of its run (default: 5)').argParser(parseNumber))
    .addOption(new Option('--waiting <n>', 'most requests that wait; others are answered 429 (default: 128)').argParser(parseCount))
    .addOption(new Option('--max-bytes <n>', 'most bytes of an image file (default: 20000000)').argParser(parseCount))
    .option('--keys <file>', 'file of API keys, one per line: requests need one of them (default: none is needed)')
    .addOption(list('--origin <origin>', 'site whose pages may call the server, such as https://app.example; may be given again'))
    .addOption(list('--allow-host <host>', 'host from which images are fetched by address, such as images.example; may be given again'))
    .addOption(
      new Option('--close-within <seconds>', 'time for accepted requests when the server is ended').argParser(parseNumber).default(30),
    )
  modelOptions(command, 'the store’s own, or tiny')
  // What strangers send is limited more tightly than a user's own files.
  const limit = command.options.find(({ long }) => long === '--pixel-limit')!
  limit.description = 'refuse images with more pixels than this'
  limit.default(PIXEL_LIMIT)
  return command.addHelpText(
    'after',
    `
Examples:
  $ dinokit serve
  $ dinokit serve --port 8080 --heads depth,segmentation --store photos.store
  $ dinokit serve --host 0.0.0.0 --keys keys.txt --model dinov2-small
  $ curl --data-binary @photo.jpg -H "Content-Type: image/jpeg" http://127.0.0.1:8080/classify

The log is one line of JSON a request, on standard output. Ctrl-C, or SIGTERM, refuses new requests, answers those that were
accepted, and ends; a second time, at once. It needs the package @dinokit/server.`,
  )
}

function list(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: readonly string[]) => [...before, value]).default([], 'none')
}

function parseServed(text: string): readonly ServedHead[] {
  const names = text.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !(SERVED_HEADS as readonly string[]).includes(name))
  if (wrong === undefined) return names as ServedHead[]
  throw new InvalidArgumentError(`There is no head ${wrong} to serve; there are ${SERVED_HEADS.join(', ')}.`)
}
