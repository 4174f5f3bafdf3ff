import { hasShared, ownAddress, readOwn, sharedAddress } from '@dinokit/testing'
import { createRuntime, type Pixels } from 'dinokit'
import { describe, expect, test } from 'vitest'

const { decodeImage } = createRuntime()

/** Expectation that goldens/make_images.py writes of a file: Pillow's pixels, as a digest or by the means of 8 by 8 cells; or what a refusal names. */
interface Told {
  readonly width: number
  readonly height: number
  readonly sha256?: string
  readonly cells?: readonly (readonly (readonly number[])[])[]
  readonly refused?: string
}

const isBrowser = typeof window !== 'undefined'
const readJson = async (path: string): Promise<unknown> => JSON.parse(new TextDecoder().decode(await readOwn(path)))
const files = (await readJson('decode/pixels.json')) as Record<string, Told>
const odd = (await readJson('decode/odd.json')) as Record<string, Told>
const avifBits = (await readJson('decode/avif-bits.json')) as Record<string, string>

/** Names the files that browsers refuse and Node decodes. */
function refusedByBrowsers(name: string): string | undefined {
  if (!isBrowser) return undefined
  return name.endsWith('.tif') ? 'TIFF' : name === 'lossless.jpg' ? 'lossless JPEG' : undefined
}

async function digest({ data }: Pixels): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', data as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Means of 8 by 8 cells, as NumPy's array_split cuts them. */
function cellsOf({ data, width, height }: Pixels): number[] {
  const cuts = (length: number): number[] => Array.from({ length: 9 }, (_, i) => i * Math.floor(length / 8) + Math.min(i, length % 8))
  const [columns, rows] = [cuts(width), cuts(height)]
  const means: number[] = []
  for (let row = 0; row < 8; row++) {
    for (let column = 0; column < 8; column++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0
        for (let y = rows[row]!; y < rows[row + 1]!; y++)
          for (let x = columns[column]!; x < columns[column + 1]!; x++) sum += data[(y * width + x) * 3 + channel]!
        means.push(sum / ((rows[row + 1]! - rows[row]!) * (columns[column + 1]! - columns[column]!)))
      }
    }
  }
  return means
}

async function compare(name: string, pixels: Pixels, { width, height, sha256, cells }: Told): Promise<void> {
  expect({ width: pixels.width, height: pixels.height, samples: pixels.data.length }).toEqual({
    width,
    height,
    samples: width * height * 3,
  })
  if (sha256 !== undefined) {
    expect(await digest(pixels)).toBe(sha256)
    return
  }
  expect(await digest(pixels)).toBe(avifBits[name])
  const means = cellsOf(pixels)
  // Chroma that is stored for two by two pixels is spread in another way than Pillow's.
  cells!.flat(2).forEach((mean, i) => expect(Math.abs(means[i]! - mean)).toBeLessThan(NEAR))
}

/** Tolerance in steps of 255. Files that tell no color matrix are 4.6 apart, all others 1.9. */
const NEAR = 5

describe('files of unusual kinds have Pillow’s pixels, or are refused by name', () => {
  test.each(Object.keys(files))('holds for %s', async (name) => {
    const told = files[name]!
    const refused = refusedByBrowsers(name) ?? told.refused
    const decoded = decodeImage(ownAddress(`decode/${name}`))
    if (refused === undefined) {
      await compare(name, await decoded, told)
    } else {
      // Nothing of pixels in the report of a failure.
      const error: unknown = await decoded.then(({ width }) => `${width} pixels wide`).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ name: 'DinokitError', code: 'image-unsupported', message: expect.stringContaining(refused) as string })
    }
  })
})

describe.skipIf(!hasShared)('every valid file of data/odd has Pillow’s pixels', () => {
  test.each(Object.keys(odd))('holds for %s', async (name) => {
    await compare(name, await decodeImage(sharedAddress(`data/${name}`)), odd[name]!)
  })
})
