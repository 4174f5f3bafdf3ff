import { createRandom, dinov2Recipe, multiCrop } from '@dinokit/core'
import { decodeImage } from '@dinokit/runtime-node'
import { median } from './lib/median.ts'
import { makePictures } from './lib/pictures.ts'
import { table } from './lib/table.ts'

/** DINOv2's ten crops of a 640x480 JPEG, beside decoding it: milliseconds of this process's own time, medians. */
export async function augmentationTable(): Promise<string> {
  const files = await makePictures(20, { width: 640, height: 480 })
  const random = createRandom(1)
  const decoding: number[] = []
  const cropping: number[] = []
  for (const file of [...files.slice(0, 5), ...files, ...files]) {
    const started = milliseconds()
    const pixels = await decodeImage(file)
    const decoded = milliseconds()
    multiCrop(pixels, dinov2Recipe(), random)
    decoding.push(decoded - started)
    cropping.push(milliseconds() - decoded)
  }
  const [decode, crops] = [median(decoding.slice(5)), median(cropping.slice(5))]
  return `One 640x480 JPEG, milliseconds of processor time, medians of 40\n${table([
    ['decode', decode.toFixed(1), ''],
    ['two global and eight local crops', crops.toFixed(1), `${(crops / decode).toFixed(1)} x`],
  ])}`
}

function milliseconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
