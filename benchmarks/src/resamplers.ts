import { IMAGENET_PREPROCESSING, preprocess, type Pixels, type Preprocessing } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { hasShared, largestDifference, sharedPath } from '@dinokit/testing'
import { open, type Tokens } from 'dinokit'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { table } from './lib/table.ts'

/** Folders of photographs in ../shared/data. */
const FOLDERS = ['samples', 'nyuv2/images', 'cls/clothing', 'seg/coco']
/** Most images of a folder. */
const MOST = 100

const of = (way: Partial<Preprocessing>): Preprocessing => ({ ...IMAGENET_PREPROCESSING, ...way })
const [BICUBIC, BILINEAR] = [of({ filter: 'bicubic' }), of({ filter: 'bilinear' })]

/** Ways to preprocess an image, in pairs. */
const PAIRS = [
  { name: 'torchvision, bicubic', before: BICUBIC, after: of({ filter: 'bicubic', resampler: 'torchvision' }) },
  { name: 'torchvision, bilinear', before: BILINEAR, after: of({ filter: 'bilinear', resampler: 'torchvision' }) },
  { name: 'torchvision-float, bilinear', before: BILINEAR, after: of({ filter: 'bilinear', resampler: 'torchvision-float' }) },
  { name: 'cropStart floor, bicubic', before: BICUBIC, after: of({ filter: 'bicubic', cropStart: 'floor' }) },
]

/** An image's input, and the embedded model's tokens of it. */
interface Seen {
  readonly input: Pixels
  readonly tokens: Tokens
}

/** Differences of one pair of ways for one image. */
interface Difference {
  readonly share: number
  readonly byte: number
  readonly token: number
  readonly cosine: number
}

/** Values of the input, and tokens of the embedded model, that another resampler changes on photographs. */
export async function resamplersTable(): Promise<string> {
  if (!hasShared) return '../shared is absent: there are no photographs to resize.'
  const runtime = createNodeRuntime()
  await using vision = await open()
  const found = PAIRS.map((): Difference[] => [])
  let largest = 0
  const paths = await photographs()
  for (const path of paths) {
    const decoded = await runtime.decodeImage(path)
    const see = async (preprocessing: Preprocessing): Promise<Seen> => {
      const input = preprocess(decoded, { preprocessing, patch: 14 }).pixels
      return { input, tokens: await vision.embed(input, { size: 'source' }) }
    }
    const before = new Map([
      [BICUBIC, await see(BICUBIC)],
      [BILINEAR, await see(BILINEAR)],
    ])
    for (const [i, pair] of PAIRS.entries()) found[i]!.push(differenceOf(before.get(pair.before)!, await see(pair.after)))
    largest = largestOf(before.get(BICUBIC)!.tokens.patches, largest)
  }
  await runtime.close?.()
  const head = [
    'beside Pillow',
    'images that differ',
    'their values that differ',
    'by at most',
    'tokens by at most',
    'lowest cosine of CLS',
  ]
  const rows = PAIRS.map(({ name }, i) => [name, ...rowOf(found[i]!)])
  return `${paths.length} photographs, crops of 224; the largest value of a token is ${largest.toFixed(1)}\n${table([head, ...rows])}`
}

/** Largest absolute value of a tensor, at least `floor`. */
function largestOf({ data }: Tokens['patches'], floor: number): number {
  return data.reduce((largest, value) => Math.max(largest, Math.abs(value)), floor)
}

function rowOf(all: readonly Difference[]): string[] {
  const differing = all.filter(({ share }) => share > 0)
  const most = (key: 'share' | 'byte' | 'token'): number => Math.max(0, ...differing.map((difference) => difference[key]))
  const mean = differing.reduce((sum, { share }) => sum + share, 0) / Math.max(1, differing.length)
  return [
    String(differing.length),
    `${(100 * mean).toFixed(3)} % (at most ${(100 * most('share')).toFixed(3)} %)`,
    String(most('byte')),
    most('token').toFixed(3),
    Math.min(1, ...differing.map(({ cosine }) => cosine)).toFixed(6),
  ]
}

function differenceOf(a: Seen, b: Seen): Difference {
  const [one, other] = [a.input.data, b.input.data]
  const [cls, otherCls] = [a.tokens.cls.data, b.tokens.cls.data]
  return {
    share: one.reduce((count, value, i) => count + Number(value !== other[i]), 0) / one.length,
    byte: largestDifference(one, other),
    token: Math.max(largestDifference(cls, otherCls), largestDifference(a.tokens.patches.data, b.tokens.patches.data)),
    cosine: dot(cls, otherCls) / Math.sqrt(dot(cls, cls) * dot(otherCls, otherCls)),
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}

async function photographs(): Promise<string[]> {
  const lists = await Promise.all(
    FOLDERS.map(async (folder) => {
      const entries = await readdir(sharedPath(`data/${folder}`), { recursive: true, withFileTypes: true })
      const files = entries
        .filter((entry) => entry.isFile() && /\.jpe?g$/i.test(entry.name))
        .map(({ parentPath, name }) => join(parentPath, name))
      return files.sort().slice(0, MOST)
    }),
  )
  return lists.flat()
}
