import type { ImageSource } from 'dinokit'
import type { IncomingMessage } from 'node:http'
import { StatusError } from '../status-of.ts'
import type { Fetcher } from './fetch-address.ts'
import { fileOfForm } from './multipart.ts'
import { readBody, tooLarge, type ReadLimits } from './read-body.ts'

/** Name of an image without one, as in the library's own messages. */
const NAME = 'The image'

/** Image of a request. */
export interface RequestImage {
  readonly source: ImageSource
  /** Bytes that are held until the request is answered. */
  readonly held: number
}

/** Kinds of bodies. */
type Kind = 'bytes' | 'form' | 'address'

/**
 * Says what kind of body a request has, before it is read.
 *
 * @param contentType - its header
 * @throws StatusError 415 `invalid-option`
 */
export function kindOfBody(contentType: string | undefined): Kind {
  const type = contentType?.split(';', 1)[0]!.trim().toLowerCase() ?? ''
  if (type.startsWith('image/') || type === 'application/octet-stream') return 'bytes'
  if (type === 'multipart/form-data') return 'form'
  if (type === 'application/json') return 'address'
  throw new StatusError(415, 'invalid-option', 'The body is of a type that is not read.', {
    given: type || 'no content type',
    expected: 'image/*, application/octet-stream, multipart/form-data, or application/json with an address',
    hint: 'curl --data-binary @photo.jpg -H "Content-Type: image/jpeg" sends an image’s bytes.',
  })
}

/** Ways to read the image of a request. */
export interface ReadImageOptions extends ReadLimits {
  /** Fetches addresses. */
  readonly fetcher: Fetcher
  /** Called once the body has come, before an address is fetched. */
  readonly onBody: () => void
}

/**
 * Reads the one image of a request: its bytes, a form's file, or what is at an address.
 *
 * @param request - whose body was not read yet
 * @param options - limits
 * @throws DinokitError `invalid-option`, `image-too-large`, those of {@link Fetcher.fetch}; BusyError; the signal's reason
 */
export async function readImage(request: IncomingMessage, { fetcher, onBody, ...limits }: ReadImageOptions): Promise<RequestImage> {
  const contentType = request.headers['content-type']
  const kind = kindOfBody(contentType)
  const { most, budget, signal } = limits
  const said = Number(request.headers['content-length'] ?? 0)
  if (said > most) throw tooLarge('The body', `${said} bytes`, most)
  const body = await readBody('The body', request, limits)
  onBody()
  if (kind === 'bytes') return { source: { name: NAME, bytes: body }, held: body.length }
  try {
    if (kind === 'address') {
      const { name, bytes } = await fetcher.fetch(addressOf(body), signal)
      budget.give(body.length)
      return { source: { name, bytes }, held: bytes.length }
    }
    return { source: { name: NAME, bytes: await fileOfForm(body, contentType!) }, held: body.length }
  } catch (error) {
    budget.give(body.length)
    throw error
  }
}

function addressOf(body: Buffer): string {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    // Said below.
  }
  const { address, ...others } = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  if (typeof address === 'string' && Object.keys(others).length === 0) return address
  throw new StatusError(400, 'invalid-option', 'The body has no address, or more than that.', {
    given: body.toString('utf8').slice(0, 80),
    expected: '{"address": "https://…"}',
    hint: 'Options go into the query: POST /embed?size=448.',
  })
}
