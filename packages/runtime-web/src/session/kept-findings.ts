/** Finding about WebGPU and a model in this browser: why it is not used, or empty where it is. */
interface KeptFinding {
  readonly objection: string
  /** When it was found, in milliseconds since 1970. */
  readonly at: number
}

/** Time after which WebGPU is tried again where it was refused: what was in its way may have gone. */
const RETRY_MS = 7 * 24 * 60 * 60 * 1000

/** Cache of the findings, apart from downloads: it holds a line for each model. */
const CACHE = 'dinokit-devices'

/**
 * Reads why WebGPU is not used under some conditions.
 *
 * @param conditions - engine, browser, GPU, model and precision: under others a finding says nothing
 * @returns empty where it is used; undefined where nothing is known
 */
export async function readFinding(conditions: readonly string[]): Promise<string | undefined> {
  try {
    const response = await (await caches.open(CACHE)).match(await addressOf(conditions))
    if (!response) return undefined
    const { objection, at } = (await response.json()) as KeptFinding
    return objection && Date.now() - at > RETRY_MS ? undefined : objection
  } catch {
    // No such cache, or a damaged one: it is found again.
    return undefined
  }
}

/**
 * Keeps why WebGPU is not used. Where the browser has no cache, it is found again the next time.
 *
 * @param conditions - as {@link readFinding} takes them
 * @param objection - empty where it is used
 */
export async function keepFinding(conditions: readonly string[], objection: string): Promise<void> {
  try {
    const finding: KeptFinding = { objection, at: Date.now() }
    await (await caches.open(CACHE)).put(await addressOf(conditions), Response.json(finding))
  } catch {
    // Nobody is worse off than before.
  }
}

/** Address in the cache, which is never fetched. */
async function addressOf(conditions: readonly string[]): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(conditions))))
  const name = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return new URL(`/.dinokit-devices/${name}`, location.origin).href
}
