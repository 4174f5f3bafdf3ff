import { DinokitError, type AssetOptions, type AssetReference, type ByteSource, type Runtime } from '@dinokit/core'

/**
 * Reads a file that comes with dinokit.
 *
 * @param runtime - that reads it
 * @param reference - where it is
 * @param options - progress, cancellation
 * @throws DinokitError `bundled` where it is not there: a bundler has moved dinokit's code away from it
 */
export async function readOwnAsset(runtime: Runtime, reference: AssetReference, options: AssetOptions): Promise<ByteSource> {
  try {
    return await runtime.readAsset(reference, options)
  } catch (cause) {
    const path = reference.kind === 'file' ? reference.path : ''
    if (!path.startsWith('bundled:') && !(DinokitError.is(cause) && cause.code === 'file-not-found')) throw cause
    throw new DinokitError('bundled', 'A bundler has moved dinokit away from its files.', {
      given: path.startsWith('bundled:') ? 'a bundle without import.meta.url' : `there is no ${path}`,
      hint: 'In Node keep dinokit external (esbuild: external: ["dinokit", "@dinokit/*"]; Next.js: serverExternalPackages: ["dinokit"]). In pages, Vite and webpack need nothing, esbuild and Rollup a setting: https://github.com/dinokit/dinokit/blob/main/docs/bundlers.md.',
      cause,
    })
  }
}
