import { toFloat16 } from '@dinokit/checkpoint'
import type { Vision } from '@dinokit/core'
import type { ImageSource } from 'dinokit'
import { existsSync } from 'node:fs'
import { mkdir, open as openFile, readdir, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The tokens of the pictures of a folder: 16-bit, one picture after the other. */
export interface EmbeddedFolder {
  /** File names without their endings, sorted. */
  readonly names: readonly string[]
  /** [pictures][patches][layers * dim], raw 16-bit floats. */
  readonly tokens: Uint16Array
  /** Patches times channels. */
  readonly each: number
}

/**
 * Embeds the pictures of a folder, or reads what an earlier run left.
 *
 * @param vision - opened with the layers
 * @param folder - of pictures
 * @param layers - that are put side by side
 * @param cache - the file that keeps the tokens
 */
export async function embedFolder(
  vision: Vision<ImageSource>,
  folder: string,
  layers: readonly number[],
  cache: string,
): Promise<EmbeddedFolder> {
  const files = (await readdir(folder)).filter((file) => /\.(?:jpg|png)$/i.test(file)).sort()
  const names = files.map((file) => file.replace(/\.\w+$/, ''))
  if (!existsSync(cache)) await embedInto(vision, folder, files, layers, cache)
  const bytes = await readFile(cache)
  const tokens = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
  return { names, tokens, each: tokens.length / names.length }
}

async function embedInto(
  vision: Vision<ImageSource>,
  folder: string,
  files: readonly string[],
  layers: readonly number[],
  cache: string,
): Promise<void> {
  await mkdir(dirname(cache), { recursive: true })
  const file = await openFile(`${cache}.part`, 'w')
  const started = performance.now()
  const { dim } = vision.card.architecture
  for await (const { index, tokens, error } of vision.stream(
    files.map((name) => `${folder}/${name}`),
    { batch: 1 },
  )) {
    if (error) throw error
    const patches = tokens.patches.data.length / dim
    const side = new Float32Array(patches * layers.length * dim)
    layers.forEach((layer, place) => {
      const { data } = (tokens.layers[layer] ?? tokens).patches
      for (let i = 0; i < patches; i++) side.set(data.subarray(i * dim, (i + 1) * dim), (i * layers.length + place) * dim)
    })
    await file.write(new Uint8Array(toFloat16(side).buffer))
    if (index % 50 === 49)
      console.log(`  ${index + 1} of ${files.length} embedded, ${((performance.now() - started) / (index + 1)).toFixed(0)} ms each`)
  }
  await file.close()
  await rename(`${cache}.part`, cache)
}
