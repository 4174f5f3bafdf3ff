import { toFloat16 } from '@dinokit/checkpoint'
import { existsSync } from 'node:fs'
import { mkdir, open as openFile, readdir, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LookAt } from './look-at.ts'

/** Embeddings of a folder's images: 16-bit, one image after the other. */
export interface EmbeddedFolder {
  /** File names without their endings, sorted. */
  readonly names: readonly string[]
  /** [images][patches][channels], raw 16-bit floats. */
  readonly tokens: Uint16Array
  /** Patches times channels. */
  readonly each: number
}

/**
 * Looks at the images of a folder, or reads what an earlier run left.
 *
 * @param folder - of images
 * @param lookAt - what is kept of them
 * @param cache - the file that keeps it
 */
export async function embedFolder(folder: string, lookAt: LookAt, cache: string): Promise<EmbeddedFolder> {
  const files = (await readdir(folder)).filter((file) => /\.(?:jpg|png)$/i.test(file)).sort()
  const names = files.map((file) => file.replace(/\.\w+$/, ''))
  if (!existsSync(cache)) {
    const paths = files.map((name) => `${folder}/${name}`)
    await embedInto(paths, lookAt, cache)
  }
  const bytes = await readFile(cache)
  const tokens = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
  return { names, tokens, each: tokens.length / names.length }
}

async function embedInto(paths: readonly string[], lookAt: LookAt, cache: string): Promise<void> {
  await mkdir(dirname(cache), { recursive: true })
  const file = await openFile(`${cache}.part`, 'w')
  const started = performance.now()
  let done = 0
  for await (const patches of lookAt(paths)) {
    await file.write(new Uint8Array(toFloat16(patches).buffer))
    if (++done % 50 === 0)
      console.log(`  ${done} of ${paths.length} embedded, ${((performance.now() - started) / done).toFixed(0)} ms each`)
  }
  await file.close()
  await rename(`${cache}.part`, cache)
}
