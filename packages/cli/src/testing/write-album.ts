import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FIRST_LOOK = fileURLToPath(new URL('../../../../examples/first-look/images/', import.meta.url))

/** Images to train on, in folders of classes; where they are from. */
const IMAGES = { 'one/a.jpg': 'chelsea.jpg', 'one/b.jpg': 'chelsea.jpg', 'two/c.jpg': 'astronaut.jpg' }

/**
 * Makes a folder `album` of three images in two classes and `broken.png`, which is not an image; and a folder `empty`.
 *
 * @param folder - where
 */
export async function writeAlbum(folder: string): Promise<void> {
  await mkdir(join(folder, 'empty'), { recursive: true })
  for (const [name, from] of Object.entries(IMAGES)) {
    await mkdir(join(folder, 'album', dirname(name)), { recursive: true })
    await cp(join(FIRST_LOOK, from), join(folder, 'album', name))
  }
  await writeFile(join(folder, 'album', 'broken.png'), 'no image')
}
