/**
 * Names the flaky server for a test that runs in both runtimes: in a browser it is the page's own.
 *
 * @returns its origin
 */
export async function openFlakyOrigin(): Promise<AsyncDisposable & { readonly origin: string }> {
  return { origin: location.origin, async [Symbol.asyncDispose]() {} }
}
