import GithubSlugger from 'github-slugger'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { SITE } from './build-site.ts'

const REPOSITORY = /^https:\/\/github\.com\/dinokit\/dinokit\/(?:blob|tree)\/main\/(?<file>[^#]*)/
const ELSEWHERE = /^(?:[a-z]+:|\/\/)/i
const CODE = /^ *```[\s\S]*?^ *```|`[^`\n]*`/gm

/** Links of a page, and where each leads. */
interface Page {
  readonly file: string
  readonly links: readonly string[]
  /** Anchors that it has. */
  readonly anchors: ReadonlySet<string>
}

/**
 * Follows the links of the built site and those of the repository's Markdown files, with their anchors. Addresses of the
 * repository count as files of this checkout. What lies elsewhere is not asked.
 *
 * @returns a sentence for each link that leads nowhere
 */
export function checkLinks(): string[] {
  return [...brokenLinks(SITE, htmlPages()), ...brokenLinks('.', markdownPages())]
}

function brokenLinks(root: string, pages: readonly Page[]): string[] {
  const anchors = new Map(pages.map(({ file, anchors }) => [file, anchors]))
  return pages.flatMap(({ file, links }) =>
    links
      .filter((link) => {
        const own = REPOSITORY.exec(link)?.groups?.file
        if (own !== undefined) return !existsSync(decodeURI(own))
        if (ELSEWHERE.test(link)) return false
        const [path = '', anchor] = link.split('#')
        const target = fileOf(file, decodeURI(path))
        if (!existsSync(posix.join(root, target))) return true
        return anchor ? anchors.get(target)?.has(decodeURIComponent(anchor)) === false : false
      })
      .map((link) => `${posix.join(root, file)} links to ${link}, which is not there.`),
  )
}

/** The file, relative to the root, that a path in a page of the site or of the repository means. */
function fileOf(page: string, path: string): string {
  if (path === '') return page
  const file = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(page), path)
  return page.endsWith('.html') && (file === '' || file.endsWith('/')) ? `${file}index.html` : file
}

/** The site's own pages; the playground's is another program's, and is only linked to. */
function htmlPages(): Page[] {
  const files = readdirSync(SITE, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))
  return files
    .filter((file) => file.endsWith('.html') && !file.startsWith('playground/'))
    .map((file) => {
      const text = readFileSync(posix.join(SITE, file), 'utf8')
      const links = Array.from(text.matchAll(/<(?:a|img)\b[^>]*? (?:href|src)="(?<link>[^"]*)"/g), ({ groups }) => groups!.link!)
      return {
        file,
        links: [...new Set(links)],
        anchors: new Set(Array.from(text.matchAll(/ id="(?<id>[^"]+)"/g), ({ groups }) => groups!.id!)),
      }
    })
}

function markdownPages(): Page[] {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  return files
    .trim()
    .split('\n')
    .filter((file) => existsSync(file) && !file.startsWith('.changeset/'))
    .map((file) => {
      const text = readFileSync(file, 'utf8')
      const slugger = new GithubSlugger()
      const headings = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/^#+ (?<heading>.+)$/gm)
      const links = Array.from(text.replaceAll(CODE, '').matchAll(/\]\((?<link>[^)\s]+)\)/g), ({ groups }) => groups!.link!)
      return { file, links, anchors: new Set(Array.from(headings, ({ groups }) => slugger.slug(groups!.heading!.replaceAll('`', '')))) }
    })
}
