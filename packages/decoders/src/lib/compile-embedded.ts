/**
 * Compiles a module that is embedded: deflated, in base64.
 *
 * @param embedded - the module
 */
export async function compileEmbedded(embedded: string): Promise<WebAssembly.Module> {
  const deflated = Uint8Array.from(atob(embedded), (character) => character.charCodeAt(0))
  const inflated = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return WebAssembly.compile(await new Response(inflated).arrayBuffer())
}
