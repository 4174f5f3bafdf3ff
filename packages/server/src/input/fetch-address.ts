import { DinokitError } from '@dinokit/core'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { Agent, request } from 'undici'
import type { ByteBudget } from '../work/byte-budget.ts'
import { isPublicAddress } from './public-address.ts'
import { readBody, tooLarge } from './read-body.ts'

/**
 * Finds the IP addresses of a host's name.
 *
 * @param host - a name
 * @returns all of them
 */
export type Resolve = (host: string) => Promise<readonly string[]>

/** Options of {@link createFetcher}. */
export interface FetcherOptions {
  /** Hosts that are allowed. */
  readonly hosts: readonly string[]
  /** Finds addresses. Default: the system's resolver. */
  readonly resolve?: Resolve | undefined
  /** Whether an address may be connected to. Default {@link isPublicAddress}; tests, which have this machine alone, say another. */
  readonly isAllowed?: (address: string) => boolean
  /** Bytes of an image. */
  readonly most: number
  /** Bytes that all requests hold. */
  readonly budget: ByteBudget
}

/** Fetches images from addresses that clients give. */
export interface Fetcher {
  /**
   * Fetches an image.
   *
   * @param address - as a client gave it
   * @param signal - ends it
   * @throws DinokitError `not-allowed` for a host that is not allowed or an address that is not public, `invalid-option`, `download-failed`,
   *   `image-too-large`, the signal's reason
   */
  fetch(address: string, signal: AbortSignal): Promise<{ readonly name: string; readonly bytes: Buffer }>
  /** Ends its connections. */
  close(): Promise<void>
}

/** Redirects that are followed. */
const REDIRECTS = 3
/** Milliseconds for a connection, and for the head of an answer. */
const SILENCE = 10_000
const IS_REDIRECT = new Set([301, 302, 303, 307, 308])

/**
 * Makes a fetcher of images. Every host, that of a redirect too, must be allowed; every address of its name must be public; and the connection
 * goes to the addresses that were checked, not to what a second look at the name would give.
 *
 * @param options - hosts, resolver, limits
 */
export function createFetcher({ hosts, resolve = resolveBySystem, isAllowed = isPublicAddress, most, budget }: FetcherOptions): Fetcher {
  const assertPublic = (host: string, addresses: readonly string[]): void => {
    const refused = addresses.find((address) => !isAllowed(address))
    if (refused === undefined && addresses.length > 0) return
    throw refusal(`The host ${host} has ${refused === undefined ? 'no address' : 'an address that is not public'}.`, refused ?? host)
  }
  const agent = new Agent({
    connect: {
      timeout: SILENCE,
      // Called for each new connection to a name, which then goes to one of these addresses.
      lookup(host, { all }, done) {
        resolve(host).then(
          (addresses) => {
            try {
              assertPublic(host, addresses)
            } catch (error) {
              return done(error as Error, '')
            }
            const found = addresses.map((address) => ({ address, family: isIP(address) }))
            if (all) done(null, found)
            else done(null, found[0]!.address, found[0]!.family)
          },
          (error: unknown) => done(error as Error, ''),
        )
      },
    },
    headersTimeout: SILENCE,
    bodyTimeout: SILENCE,
    maxRedirections: 0,
    connections: 16,
  } as Agent.Options)

  const checked = (address: string, base?: URL): URL => {
    const url = URL.canParse(address, base) ? new URL(address, base) : undefined
    if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
      throw new DinokitError('invalid-option', 'The address is none that images are fetched from.', {
        given: address,
        expected: 'http://… or https://…, without a name and password',
      })
    }
    if (!hosts.some((host) => matches(host, url))) throw refusal(`The host ${url.host} is not allowed.`, url.host)
    const literal = url.hostname.replace(/^\[|\]$/g, '')
    // Such a host is connected to without a look at any name.
    if (isIP(literal) !== 0) assertPublic(url.host, [literal])
    return url
  }
  const fetchOnce = async (url: URL, signal: AbortSignal): Promise<Buffer | { readonly location: string }> => {
    const { statusCode, headers, body } = await request(url, { dispatcher: agent, signal, headers: { accept: 'image/*' } })
    const { location } = headers
    if (IS_REDIRECT.has(statusCode) && typeof location === 'string') {
      body.on('error', () => {}).destroy()
      return { location }
    }
    const length = Number(headers['content-length'] ?? 0)
    if (statusCode !== 200 || length > most) {
      body.on('error', () => {}).destroy()
      if (statusCode !== 200) throw failed(url, `status ${statusCode}`)
      throw tooLarge(`The image at ${url.host}`, `${length} bytes`, most)
    }
    try {
      return await readBody(`The image at ${url.host}`, body, { most, budget, signal })
    } catch (error) {
      body.destroy()
      throw error
    }
  }
  return {
    async fetch(address, signal) {
      let url = checked(address)
      try {
        for (let redirects = 0; redirects <= REDIRECTS; redirects += 1) {
          const answer = await fetchOnce(url, signal)
          if (Buffer.isBuffer(answer)) return { name: `The image at ${url.host}`, bytes: answer }
          url = checked(answer.location, url)
        }
      } catch (cause) {
        signal.throwIfAborted()
        throw DinokitError.is(cause) ? cause : failed(url, cause instanceof Error ? cause.message : String(cause), cause)
      }
      throw failed(url, `more than ${REDIRECTS} redirects`)
    },
    close: () => agent.close(),
  }
}

function matches(allowed: string, { host, hostname, port }: URL): boolean {
  if (allowed.startsWith('*.')) return port === '' && hostname.endsWith(allowed.slice(1)) && hostname.length > allowed.length - 1
  return host === allowed
}

async function resolveBySystem(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address)
}

function refusal(message: string, given: string): DinokitError {
  return new DinokitError('not-allowed', message, {
    given,
    expected: 'a host that the server allows, with public addresses alone',
    hint: 'Send the image itself, or ask whoever runs the server to allow the host.',
  })
}

function failed(url: URL, given: string, cause?: unknown): DinokitError {
  return new DinokitError('download-failed', `The image at ${url.host} can’t be fetched.`, { given, hint: 'Check the address.', cause })
}
