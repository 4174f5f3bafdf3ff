import { DinokitError, type Head, type HeadMap } from '@dinokit/core'
import { classification } from '@dinokit/head-classification'
import { depth } from '@dinokit/head-depth'
import { segmentation } from '@dinokit/head-segmentation'
import { open, type OpenOptions } from 'dinokit'
import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import type * as Library from '@dinokit/server'
import { openStore } from '../../input/open-store.ts'
import { openOptions } from '../../options/image-options.ts'
import { SERVED_HEADS, type ServeCommandOptions, type ServedHead } from '../../options/serve-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { followStore } from './follow-store.ts'

const HEADS: Readonly<Record<ServedHead, () => Head<never>>> = { classification, depth, segmentation }

/** Id of the embedded model, whose heads come with it. */
const EMBEDDED = 'tiny'

/** Answers over HTTP until it is interrupted. */
export async function serve({ output, signal }: CommandContext, options: ServeCommandOptions): Promise<void> {
  const { createServer } = await loadServer()
  const keys = options.keys === undefined ? [] : await readKeys(options.keys)
  const store = options.store === undefined ? undefined : await openStore(options.store)
  try {
    const fingerprint = store?.layout.fingerprint
    const model = options.model ?? fingerprint?.model ?? EMBEDDED
    const heads = options.heads ?? (model === EMBEDDED ? SERVED_HEADS : [])
    const { layers, attention, batch, batchWait, waiting, maxBytes } = options
    // Images are decoded as those of the store were.
    const decode = fingerprint?.preprocessing.startsWith('fast-') ? 'fast' : 'exact'
    const opening: OpenOptions<HeadMap> = {
      ...openOptions({ ...options, model, decode }),
      heads: Object.fromEntries(heads.map((name) => [name, HEADS[name]()])),
      ...(layers && { layers }),
      ...(attention && { attention }),
      onProgress: output.onProgress,
      onNote: (note) => output.note(note),
      signal,
    }
    await using vision = await open(opening)
    await using server = createServer({
      vision: vision,
      ...(store && { store }),
      limits: { ...(waiting !== undefined && { waiting }), ...(maxBytes !== undefined && { bytes: maxBytes }) },
      batch: { ...(batch !== undefined && { most: batch }), ...(batchWait !== undefined && { withinMs: batchWait }) },
      keys,
      origins: options.origin,
      hosts: options.allowHost,
    })
    const unfollow = store && followStore(store, (note) => output.note(note))
    const origin = await listen(() => server.listen(options), options)
    output.note(
      `Listening at ${origin} with ${vision.card.id} on ${vision.engine.device}; heads: ${heads.join(', ') || 'none'}. Ctrl-C ends it.`,
    )
    if (!signal.aborted) await once(signal, 'abort')
    output.note('Ending: accepted requests are answered.')
    unfollow?.()
    if (!(await server.close({ withinMs: options.closeWithin * 1000 })))
      throw new DinokitError('timed-out', 'Not all requests were answered in time.', {
        expected: `${options.closeWithin} s`,
        hint: 'Raise --close-within.',
      })
  } finally {
    await store?.close()
  }
}

/** Loads the package of the server, which is installed by those who serve alone. */
async function loadServer(): Promise<Pick<typeof Library, 'createServer'>> {
  try {
    return await import('@dinokit/server')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new DinokitError('file-not-found', 'dinokit serve needs the package @dinokit/server.', {
      given: String(cause),
      hint: 'Install it beside this one: npm install @dinokit/server',
      cause,
    })
  }
}

async function readKeys(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DinokitError('file-not-found', `The file of keys ${path} can’t be read.`, { given: path, cause })
  })
  const keys = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
  const short = keys.find((key) => key.length < SHORTEST_KEY)
  if (keys.length > 0 && short === undefined) return keys
  throw new DinokitError(
    'invalid-option',
    `The file of keys ${path} has ${short === undefined ? 'no key' : 'a key that is easily guessed'}.`,
    {
      expected: `a key of at least ${SHORTEST_KEY} characters on each line`,
      hint: 'openssl rand -hex 32 makes one.',
    },
  )
}

const SHORTEST_KEY = 16

async function listen(begin: () => Promise<string>, { host, port }: ServeCommandOptions): Promise<string> {
  try {
    return await begin()
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new DinokitError('invalid-option', `The server can’t listen at ${host}:${port}: ${reason}.`, {
      given: `${host}:${port}`,
      hint: 'Choose another --port or --host.',
      cause,
    })
  }
}
