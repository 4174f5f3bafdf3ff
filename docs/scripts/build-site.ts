import { cpSync, existsSync } from 'node:fs'
import { build } from 'vitepress'
import { buildApi } from './build-api.ts'

const PLAYGROUND = 'apps/playground/dist'

/** The folder of the built site. */
export const SITE = 'docs/dist'

/**
 * Builds the site from the guides, the docstrings and the built playground, into docs/dist.
 *
 * @throws Error where a page links to a page that is not there, or the playground was not built
 */
export async function buildSite(): Promise<void> {
  if (!existsSync(PLAYGROUND)) throw new Error(`${PLAYGROUND} is not there. Build it: npx pnpm@12 --filter @dinokit/playground build`)
  await buildApi()
  await build('docs')
  cpSync(PLAYGROUND, `${SITE}/playground`, { recursive: true })
}
