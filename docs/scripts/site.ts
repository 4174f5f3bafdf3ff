/**
 * `npx pnpm@12 site` serves the guides while they are written; `npx pnpm@12 site build` writes docs/dist, and
 * `npx pnpm@12 site preview` serves that, with the headers that the playground's threads need.
 */
import { preview } from 'vite'
import { createServer } from 'vitepress'
import { buildApi } from './build-api.ts'
import { buildSite, SITE } from './build-site.ts'

const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
const [action = 'write'] = process.argv.slice(2)

if (action === 'write') {
  await buildApi()
  const server = await createServer('docs')
  await server.listen()
  server.printUrls()
} else if (action === 'build') {
  await buildSite()
} else if (action === 'preview') {
  const server = await preview({
    root: 'docs',
    configFile: false,
    build: { outDir: SITE.replace('docs/', '') },
    preview: { headers },
    appType: 'mpa',
  })
  server.printUrls()
} else {
  console.error(`There is no action ${action}: leave it out to write pages, or say build or preview.`)
  process.exitCode = 1
}
