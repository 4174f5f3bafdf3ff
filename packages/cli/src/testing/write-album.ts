import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FIRST_LOOK = fileURLToPath(new URL('../../../../examples/first-look/pictures/', import.meta.url))

/** Pictures to train on, in folders of classes; where they are from. */
const PICTURES = { 'one/a.jpg': 'chelsea.jpg', 'one/b.jpg': 'chelsea.jpg', 'two/c.jpg': 'astronaut.jpg' }

/**
 * Makes a folder `album` of three pictures in two classes and a file that is none, `broken.png`; and a folder `empty`.
 *
 * @param folder - where
 */
export async function writeAlbum(folder: string): Promise<void> {
  await mkdir(join(folder, 'empty'), { recursive: true })
  for (const [name, from] of Object.entries(PICTURES)) {
    await mkdir(join(folder, 'album', dirname(name)), { recursive: true })
    await cp(join(FIRST_LOOK, from), join(folder, 'album', name))
  }
  await writeFile(join(folder, 'album', 'broken.png'), 'no picture')
}
