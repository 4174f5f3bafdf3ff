/** Runs programs of the guides, by their names in docs/.examples, those of one page in one folder, which has a few images. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const IMAGES = resolve('examples/first-look/images')
/** Contents of the folder: `photo.jpg`, and one folder per class. */
const PLACES = { 'chelsea.jpg': 'cats', 'astronaut.jpg': 'people', 'coffee.jpg': 'things', 'rocket.jpg': 'things' }

const programs = process.argv.slice(2).map((name) => ({ name, page: name.split('.')[0]!, file: resolve(`docs/.examples/${name}.ts`) }))
const folders = new Map<string, string>()
const failures: string[] = []

function folderOf(page: string): string {
  const folder = mkdtempSync(join(tmpdir(), `dinokit-${page}-`))
  cpSync(join(IMAGES, 'chelsea.jpg'), join(folder, 'photo.jpg'))
  cpSync(join(IMAGES, 'coffee.jpg'), join(folder, 'room.jpg'))
  for (const [image, label] of Object.entries(PLACES)) {
    mkdirSync(join(folder, 'photos', label), { recursive: true })
    cpSync(join(IMAGES, image), join(folder, 'photos', label, image))
  }
  return folder
}

for (const { name, page, file } of programs) {
  if (!folders.has(page)) folders.set(page, folderOf(page))
  process.chdir(folders.get(page)!)
  try {
    await import(pathToFileURL(file).href)
  } catch (error) {
    const [, line] = new RegExp(`${name}\\.ts:(\\d+)`).exec(error instanceof Error ? String(error.stack) : '') ?? []
    failures.push(`docs/${page}.md:${line ?? name.split('.')[1]!}: ${String(error)}`)
  }
}
process.chdir(tmpdir())
for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true })
console.error(failures.join('\n'))
// A server of a guide would go on.
process.exit(failures.length > 0 ? 1 : 0)
