import { open } from 'dinokit'
import { makeImages } from './lib/images.ts'
import { processMemory } from './processes/process-memory.ts'
import { table } from './lib/table.ts'

const ROWS = 20
const WARM_UP = 500

/**
 * Streams many images through the embedded model, and reports the memory on the way, with that of the engine's process.
 *
 * @param count - of images
 */
export async function memoryTable(count: number): Promise<string> {
  const files = await makeImages(12, { width: 640, height: 480 })
  await using vision = await open()
  const sources = function* (): Generator<Buffer> {
    for (let i = 0; i < count; i++) yield files[i % files.length]!
  }
  const rows = [['images', 'resident', 'over that after the first 500']]
  let settled = 0
  let done = 0
  for await (const { error } of vision.stream(sources())) {
    if (error) throw error
    done++
    const rss = await processMemory(process.pid)
    if (done === WARM_UP) settled = rss
    if (done === WARM_UP || done % Math.ceil(count / ROWS) === 0)
      rows.push([String(done), `${(rss / 1e6).toFixed(0)} MB`, settled ? `${((rss - settled) / 1e6).toFixed(0)} MB` : ''])
  }
  return `Memory over ${count} images, streamed\n${table(rows)}`
}
