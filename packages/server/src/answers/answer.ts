import type { Pixels } from '@dinokit/core'
import { DinokitError } from '@dinokit/core'
import sharp from 'sharp'
import { StatusError } from '../status-of.ts'
import type { RequestImage } from '../input/read-image.ts'
import type { ServerLimits, ServerVision } from '../server-options.ts'
import type { Store } from '@dinokit/store'
import type { TokensQueue } from '../work/tokens-queue.ts'

/** Body of a good answer. */
export interface Answer {
  readonly type: Format
  readonly body: string | Uint8Array
}

/** Types of answers. */
export type Format = 'application/json' | 'application/safetensors' | 'image/png'

/** Parts of the server that answers are made of. */
export interface AnswerContext {
  readonly vision: ServerVision
  readonly store: Store | undefined
  readonly queue: TokensQueue
  readonly limits: ServerLimits
}

/** Request of an answer, but for its image: what can be refused is refused before the image is read. */
interface AnswerRequest {
  readonly params: URLSearchParams
  /** Its `Accept` header. */
  readonly accept: string | undefined
}

/** Makes the answer for the image of a request. */
type AnswerImage = (image: RequestImage['source'], signal: AbortSignal) => Promise<Answer>

/** Way to answer one kind of request. */
export type Plan = (context: AnswerContext, request: AnswerRequest) => AnswerImage

/**
 * Chooses the type of an answer: the first of the `Accept` header that there is.
 *
 * @param accept - the header
 * @param formats - that there are, the default first
 * @throws StatusError 406 `invalid-option`
 */
export function chooseFormat<Each extends Format>(accept: string | undefined, formats: readonly [Each, ...Each[]]): Each {
  const wanted = (accept ?? '*/*').split(',').map((part) => part.split(';', 1)[0]!.trim().toLowerCase())
  for (const type of wanted) {
    if (type === '*/*' || type === '') return formats[0]
    const found = formats.find((format) => format === type || (type.endsWith('/*') && format.startsWith(type.slice(0, -1))))
    if (found) return found
  }
  throw new StatusError(406, 'invalid-option', 'There is no answer of that type.', {
    given: accept ?? '',
    expected: formats.join(', '),
    hint: 'Set the header Accept.',
  })
}

/**
 * Makes an answer of JSON.
 *
 * @param value - plain data
 */
export function json(value: unknown): Answer {
  return { type: 'application/json', body: JSON.stringify(value) }
}

/**
 * Makes an answer of a PNG file.
 *
 * @param pixels - of it
 */
export async function png({ data, width, height }: Pixels): Promise<Answer> {
  const image = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
  return { type: 'image/png', body: await image.png({ compressionLevel: 4 }).toBuffer() }
}

/**
 * Returns a head of the server.
 *
 * @param heads - that it has
 * @param name - of the one that is wanted
 * @throws DinokitError `head-unknown`
 */
export function headOf<Name extends keyof ServerVision['heads']>(
  heads: ServerVision['heads'],
  name: Name,
): NonNullable<ServerVision['heads'][Name]> {
  const head = heads[name]
  if (head) return head
  throw new DinokitError('head-unknown', `This server has no head ${name}.`, {
    given: name,
    expected: Object.keys(heads).join(', ') || 'none: it has no heads',
    hint: `Whoever runs it can open it with that head: dinokit serve --heads ${name}.`,
  })
}
