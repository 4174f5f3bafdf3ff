import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

/** Where the repository is. */
export const REPOSITORY = 'https://github.com/dinokit/dinokit'

interface Page {
  readonly path?: string
}

/**
 * Turns links to files of the repository that are not pages, such as `../examples/first-look`, into addresses of the
 * repository. Pages can so be read on GitHub too.
 *
 * @param md - the renderer
 * @param docs - the folder of the pages
 * @throws Error where the file is not there
 */
export function repositoryLinks(md: MarkdownRenderer, docs: string): void {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const { path = docs } = env as Page
    for (const token of tokens.flatMap((token) => token.children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null
      if (href?.startsWith('../') || href?.startsWith('runs/')) token.attrSet('href', addressOf(href, path, docs))
    }
  })
}

function addressOf(href: string, page: string, docs: string): string {
  const [file = '', anchor] = href.split('#')
  const target = resolve(dirname(page), decodeURI(file))
  if (!existsSync(target)) throw new Error(`${page} links to ${href}, and there is no such file.`)
  const inside = relative(docs, target)
  if (!inside.startsWith('..') && inside.endsWith('.md')) return href
  return `${REPOSITORY}/blob/main/${relative(join(docs, '..'), target)}${anchor ? `#${anchor}` : ''}`
}
