import GithubSlugger from 'github-slugger'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type DefaultTheme } from 'vitepress'
import { REPOSITORY, repositoryLinks } from './repository-links.ts'

const docs = fileURLToPath(new URL('..', import.meta.url))

/** Headers that make a page cross-origin isolated, which the playground's threads need; public/_headers says the same to hosts. */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

const group = (text: string, pages: Readonly<Record<string, string>>): DefaultTheme.SidebarItem => ({
  text,
  items: Object.entries(pages).map(([link, text]) => ({ text, link: `/${link}` })),
})

const guides = [
  group('Begin', {
    start: 'Start',
    models: 'Which model',
    backbones: 'Which backbone for what',
    glossary: 'Glossary',
  }),
  group('Where it runs', {
    browser: 'In a browser',
    server: 'On a server',
    devices: 'Devices and GPUs',
    bundlers: 'Installing and bundling',
    network: 'What it contacts and writes',
  }),
  group('What to do with it', {
    heads: 'Heads',
    analysis: 'What is where',
    training: 'Training',
    stores: 'Stores',
    'third-party-heads': 'Write a head',
  }),
  group('Look up', {
    checkpoints: 'Checkpoints',
    images: 'Image files',
    files: 'Folders, tables, results',
    'file-formats': 'File formats',
    curation: 'Curation',
    'store-format': 'What a store keeps',
    stability: 'Stability',
    troubleshooting: 'Troubleshooting',
    benchmarks: 'Benchmarks',
  }),
]

/** The reference’s pages; TypeDoc writes them (scripts/build-api.ts). */
function apiPages(): DefaultTheme.SidebarItem[] {
  const folder = `${docs}api`
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && file !== 'index.md')
    .map((file) => file.replace(/\.md$/, ''))
  const others = names.filter((name) => name !== 'dinokit').sort()
  const items = ['dinokit', ...others.map((name) => `@dinokit/${name}`)].map((text) => ({
    text,
    link: `/api/${text.replace('@dinokit/', '')}`,
  }))
  return [{ text: 'API reference', link: '/api/', items }]
}

/** GitHub’s ids for headings, so that one link works there and here. */
function slugs(heading: string): string {
  return new GithubSlugger().slug(heading)
}

export default defineConfig({
  title: 'dinokit',
  description: 'DINOv2 for TypeScript: an image goes in, a typed embedding comes out, the same numbers in Node and in the browser',
  lang: 'en-US',
  outDir: `${docs}dist`,
  cacheDir: `${docs}.vitepress/cache`,
  srcExclude: ['README.md'],
  ignoreDeadLinks: false,
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: '/favicon.svg' }]],
  markdown: {
    anchor: { slugify: slugs },
    config: (md) => md.use(repositoryLinks, docs),
  },
  vite: { configFile: false, server: { headers }, build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/start', activeMatch: '^/(?!api/|benchmarks)' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'Playground', link: '/playground/', target: '_self' },
    ],
    sidebar: { '/api/': apiPages(), '/': guides },
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    footer: { message: 'Apache-2.0. DINOv2 is by Meta AI; this project is not theirs.' },
  },
})
