import { LinkChecker, LinkState, type LinkResult } from 'linkinator'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { SITE } from './build-site.ts'

const REPOSITORY = /^https:\/\/github\.com\/dinokit\/dinokit\/(?:blob|tree)\/main\//

/**
 * Follows the links of the built site, with their anchors, and those of the repository's Markdown files. Addresses of the
 * repository count as files of this checkout. What lies elsewhere is not asked.
 *
 * @returns a sentence for each link that leads nowhere
 */
export async function checkLinks(): Promise<string[]> {
  const links = [...(await follow(SITE)), ...(await follow(trackedMarkdown()))]
  const parents = new Map<string, string[]>()
  for (const { state, url, parent = 'The site' } of links) {
    const broken = REPOSITORY.test(url) ? !isHere(url) : state === LinkState.BROKEN
    if (broken) parents.set(url, [...(parents.get(url) ?? []), parent])
  }
  return [...parents].map(([url, [first, ...others]]) => `${first!} (and ${others.length} more) links to ${url}, which is not there.`)
}

/** Links from everything that a folder's pages lead to, or from these files alone. */
async function follow(path: string | string[]): Promise<LinkResult[]> {
  const { links } = await new LinkChecker().check({
    path,
    recurse: typeof path === 'string',
    markdown: typeof path !== 'string',
    directoryListing: typeof path !== 'string',
    checkFragments: true,
    concurrency: 20,
    linksToSkip: async (url) => !url.startsWith('http://localhost:'),
  })
  return links
}

/** But for the site's pages, which are checked as they are built. */
function trackedMarkdown(): string[] {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  return files
    .trim()
    .split('\n')
    .filter((file) => existsSync(file) && !/^(docs|\.changeset)\//.test(file))
}

function isHere(url: string): boolean {
  return existsSync(decodeURI(url.replace(REPOSITORY, '').replace(/#.*/, '')))
}
