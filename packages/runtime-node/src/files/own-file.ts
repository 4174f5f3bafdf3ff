import { DinokitError } from '@dinokit/core'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * A file that lies beside this package's code.
 *
 * @param locate - gives its address, by `import.meta.url`, which CommonJS bundles do not have
 * @throws DinokitError `bundled` where it is not there: a bundler has moved the code away from it
 */
export function ownFile(locate: () => URL): URL {
  let url: URL
  try {
    url = locate()
    if (existsSync(fileURLToPath(url))) return url
  } catch (cause) {
    throw bundled('a bundle without import.meta.url', cause)
  }
  throw bundled(`there is no ${fileURLToPath(url)}`)
}

function bundled(given: string, cause?: unknown): DinokitError {
  return new DinokitError('bundled', 'A bundler has moved dinokit away from its files.', {
    given,
    hint: 'Keep dinokit external: it runs from node_modules (esbuild: external: ["dinokit", "@dinokit/*"]; Next.js: serverExternalPackages: ["dinokit"]; others: docs/bundlers.md).',
    cause,
  })
}
