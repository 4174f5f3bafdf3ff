import { firstDifference, goldenFolders, hasShared, readShared, sharedAddress } from '@dinokit/testing'
import { createRuntime, IMAGENET_PREPROCESSING, preprocess, type ImageSource, type ResizeFilter } from 'dinokit'
import { describe, expect, test } from 'vitest'

const { decodeImage, preprocessImage } = createRuntime()
/** A PNG of 6x4 red pixels. */
const RED = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAYAAAAECAIAAAAiZtkUAAAAEklEQVR4nGP4z8CAhtD5RAsBAKTRF+lZezHiAAAAAElFTkSuQmCC'),
  (character) => character.charCodeAt(0),
)
const dataAddress = `data:image/png;base64,${btoa(String.fromCharCode(...RED))}`

describe('every kind of source that both runtimes know gives the same pixels', () => {
  test.each<[string, () => ImageSource]>([
    ['data address', () => dataAddress],
    ['URL', () => new URL(dataAddress)],
    ['Uint8Array', () => RED],
    ['ArrayBuffer', () => RED.slice().buffer],
    ['Blob', () => new Blob([RED])],
    ['File', () => new File([RED], 'red.png')],
    ['pixels', () => ({ data: new Uint8Array(72).map((_, i) => (i % 3 === 0 ? 255 : 0)), width: 6, height: 4 })],
  ])('holds for %s', async (_, source) => {
    const { data, width, height } = await decodeImage(source())
    expect([width, height, data.length]).toEqual([6, 4, 72])
    expect([...data.subarray(0, 6)]).toEqual([255, 0, 0, 255, 0, 0])
  })

  test('failures say what they are', async () => {
    await expect(decodeImage('http://127.0.0.1:9/x.png')).rejects.toMatchObject({ code: 'download-failed' })
    await expect(decodeImage(new Uint8Array())).rejects.toMatchObject({ code: 'image-unreadable' })
    await expect(decodeImage(new TextEncoder().encode('hello, this is text'))).rejects.toMatchObject({ code: 'image-unsupported' })
    await expect(decodeImage(RED.subarray(0, 50))).rejects.toMatchObject({ code: 'image-unreadable' })
    await expect(decodeImage({ data: new Uint8Array(5), width: 2, height: 2 })).rejects.toMatchObject({ code: 'image-unreadable' })
    await expect(decodeImage(RED, { pixelLimit: 23 })).rejects.toMatchObject({ code: 'image-too-large' })
    await expect(decodeImage(RED, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    await expect(decodeImage(7 as never)).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(decodeImage(null as never)).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

describe.each(goldenFolders)('every image becomes an input with Pillow’s bits: $name/preprocess', ({ present, list, address, tensors }) => {
  test.skipIf(!present).each(list('preprocess/source'))('holds for %s', async (file) => {
    const arrays = await tensors(`preprocess/${file.replace('.png', '.safetensors')}`)
    const source = await decodeImage(address(`preprocess/source/${file}`))
    let compared = 0
    for (const [key, { data, shape }] of Object.entries(arrays)) {
      const crop = /^shortest(\d+)\.crop(\d+)\.(\w+)$/.exec(key)
      const resize = /^resize(\d+)x(\d+)\.(\w+)$/.exec(key)
      if (key === 'rgb') {
        expect([source.height, source.width, 3]).toEqual(shape)
        expect(firstDifference(source.data, data as Uint8Array), key).toBe(-1)
      } else if (crop ?? resize) {
        const [, a, b, filter] = (crop ?? resize)!
        const preprocessing = {
          ...IMAGENET_PREPROCESSING,
          filter: filter as ResizeFilter,
          ...(crop && { shortest: Number(a), crop: Number(b) }),
        }
        const { pixels } = preprocess(source, {
          preprocessing,
          patch: 14,
          ...(resize && { size: { width: Number(a), height: Number(b) } }),
        })
        expect(firstDifference(pixels.data, data as Uint8Array), key).toBe(-1)
      } else continue
      compared++
    }
    expect(compared).toBeGreaterThan(0)
  })
})

interface OddRow {
  readonly path: string
  readonly label: string
}

const rows: OddRow[] = hasShared
  ? new TextDecoder()
      .decode(await readShared('data/manifest.csv'))
      .split('\n')
      .filter((line) => line.startsWith('odd,'))
      .map((line) => ({ path: line.split(',')[1]!, label: line.split(',')[2]! }))
  : []

/** Off the center, so that a mirrored or turned one would be another. */
/** A runtime prepares from no more of an image than this needs. */
const input = { preprocessing: IMAGENET_PREPROCESSING, patch: 14, size: 56 }

describe.skipIf(!hasShared)('odd images do what their label says', () => {
  const labeled = (...labels: string[]): OddRow[] => rows.filter(({ label }) => labels.includes(label))

  test.each(labeled('decode', 'decode-first-frame'))('do so: $label $path', async ({ path }) => {
    const whole = await decodeImage(sharedAddress(`data/${path}`))
    expect(whole.data.length).toBe(whole.width * whole.height * 3)
    const { pixels, placement } = await preprocessImage!(sharedAddress(`data/${path}`), input)
    const expected = preprocess(whole, input)
    expect(placement).toEqual(expected.placement)
    expect(firstDifference(pixels.data, expected.pixels.data)).toBe(-1)
  })

  test.each(labeled('reject', 'limit'))('do so: $label $path', async ({ path }) => {
    const refused = { name: 'DinokitError', code: expect.stringMatching(/^image-/) as string }
    await expect(decodeImage(sharedAddress(`data/${path}`))).rejects.toMatchObject(refused)
    await expect(preprocessImage!(sharedAddress(`data/${path}`), input)).rejects.toMatchObject(refused)
  })

  test.each(labeled('reject-or-partial', 'no-crash'))('do so: $label $path', async ({ path }) => {
    const outcome = await decodeImage(sharedAddress(`data/${path}`)).catch((error: unknown) => error)
    expect(outcome).toSatisfy((value: object) => 'data' in value || (value as Error).name === 'DinokitError')
  })

  test('are all covered', () => {
    const known = ['decode', 'decode-first-frame', 'reject', 'limit', 'reject-or-partial', 'no-crash']
    expect(rows.filter(({ label }) => !known.includes(label))).toEqual([])
    expect(rows.length).toBeGreaterThan(150)
  })

  test('show the same in the eight orientations of one photograph', async () => {
    const photographs = await Promise.all(
      Array.from({ length: 8 }, (_, i) => decodeImage(sharedAddress(`data/odd/sharp-fixtures/Landscape_${i + 1}.jpg`))),
    )
    const [first] = photographs
    const apart = (data: Uint8Array, at: (i: number) => number): number =>
      data.reduce((sum, value, i) => sum + Math.abs(value - first!.data[at(i)]!), 0)
    for (const { data, width, height } of photographs) {
      expect([width, height]).toEqual([600, 450])
      // Each shows a large number of its own, so they are not equal; but none is mirrored or turned.
      const upright = apart(data, (i) => i)
      expect(upright).toBeLessThan(0.5 * apart(data, (i) => (Math.floor(i / 1800) * 600 + (599 - (Math.floor(i / 3) % 600))) * 3 + (i % 3)))
      expect(upright).toBeLessThan(0.5 * apart(data, (i) => (449 - Math.floor(i / 1800)) * 1800 + (i % 1800)))
    }
  })
})
