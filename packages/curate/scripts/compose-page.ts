import { readFile } from 'node:fs/promises'

/** Puts the page of maps together, as the source of src/map/map-page.generated.ts. */
export async function composePage(): Promise<string> {
  const read = (name: string): Promise<string> => readFile(new URL(`../page/${name}`, import.meta.url), 'utf8')
  const [html, css, js] = await Promise.all(['map.html', 'map.css', 'map.js'].map(read))
  const page = html!.replace('/* map.css */', () => css!.trim()).replace('/* map.js */', () => js!.trim())
  return `// Made of page/ by scripts/build-page.ts.\nexport const MAP_PAGE = ${JSON.stringify(page)}\n`
}
