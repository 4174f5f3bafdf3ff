import { DinokitError } from '@dinokit/core'
import type { EnvHttpProxyAgent } from 'undici'

/** A proxy that the environment names. */
interface NamedProxy {
  /** Name of the variable. */
  readonly name: string
  readonly address: URL
}

/** Agents by the addresses of their proxies: they keep connections. */
const agents = new Map<string, EnvHttpProxyAgent>()

/**
 * Fetches as `fetch` does, by way of the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names, unless NO_PROXY names the
 * host. Node does so itself only from 24 on, and only where it is told.
 *
 * @param input - the address
 * @param init - the request
 * @throws DinokitError `invalid-option` where a variable holds no address of a proxy; what `fetch` throws
 */
export const fetchByProxy: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  const proxy = proxyFor(url)
  if (!proxy) return fetch(input, init)
  const undici = await import('undici')
  const { href } = proxy.address
  const agent = agents.get(href) ?? new undici.EnvHttpProxyAgent({ httpProxy: href, httpsProxy: href })
  agents.set(href, agent)
  try {
    // Its own fetch: that of Node may be of another version than the agent.
    return (await undici.fetch(url, { ...init, dispatcher: agent } as Parameters<typeof undici.fetch>[1])) as unknown as Response
  } catch (cause) {
    if (init?.signal?.aborted) throw cause
    throw new TypeError('fetch failed', {
      cause: new Error(`${deepest(cause)} (by way of ${proxy.name}, ${proxy.address.host})`, { cause }),
    })
  }
}

function deepest(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause === undefined ? cause.message || cause.name : deepest(cause.cause)
}

function proxyFor({ protocol }: URL): NamedProxy | undefined {
  if (protocol !== 'https:' && protocol !== 'http:') return undefined
  for (const variable of [protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY', 'ALL_PROXY'])
    for (const name of [variable.toLowerCase(), variable]) {
      const value = process.env[name]
      if (value) return { name, address: addressOf(name, value) }
    }
  return undefined
}

function addressOf(name: string, value: string): URL {
  try {
    const address = new URL(value.includes('://') ? value : `http://${value}`)
    if (/^(?:https?|socks5?):$/.test(address.protocol)) return address
  } catch {
    // It is told below.
  }
  throw new DinokitError('invalid-option', `${name} does not hold the address of a proxy.`, {
    given: value.replace(/\/\/.*@/, '//…@'),
    expected: 'http://host:port, or user:password@ before the host',
    hint: `Correct or unset ${name}; NO_PROXY names hosts to be reached without it.`,
  })
}
