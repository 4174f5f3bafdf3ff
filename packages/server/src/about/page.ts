import { readFile } from 'node:fs/promises'
import type { ResponseHeader } from 'hono/utils/headers'

/** Files of the page, by path. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
}

/** The page loads its own files alone, and talks to its own server alone. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/**
 * Reads a file of the page on which a server can be tried.
 *
 * @param path - `/`, `/page.css` or `/page.js`
 * @returns body, status and headers
 */
export async function readPage(path: string): Promise<[body: string, status: 200, headers: Partial<Record<ResponseHeader, string>>]> {
  const [file, type] = FILES[path]!
  const body = await readFile(new URL(`../../page/${file}`, import.meta.url), 'utf8')
  return [
    body,
    200,
    { 'content-type': type, 'content-security-policy': POLICY, 'cache-control': 'no-cache' } as Partial<Record<ResponseHeader, string>>,
  ]
}
