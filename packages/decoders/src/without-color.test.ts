import { expect, test } from 'vitest'
import { withoutColor } from './without-color.ts'

const bytes = (...parts: (string | readonly number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (character) => character.charCodeAt(0)) : part)))

/** A chunk of two bytes, or of those given. */
const chunk = (name: string, data: readonly number[] = [1, 2]): (string | number[])[] => [
  [0, 0, 0, data.length],
  name,
  [...data, 9, 9, 9, 9],
]
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10]

const stripped = async (file: Uint8Array<ArrayBuffer>, head = file): Promise<number[]> => [
  ...new Uint8Array(await withoutColor(new Blob([file]), head).arrayBuffer()),
]

test('removes color and transparent colors of a PNG before its image, and nothing else', async () => {
  const file = bytes(SIGNATURE, ...chunk('IHDR'), ...chunk('gAMA'), ...chunk('iCCP'), ...chunk('PLTE'), ...chunk('tRNS'), ...chunk('IDAT'))
  expect(await stripped(file)).toEqual([...bytes(SIGNATURE, ...chunk('IHDR'), ...chunk('PLTE'), ...chunk('IDAT'))])
})

test('removes every part of a JPEG’s color profile, and keeps its EXIF', async () => {
  const [start, exif, profile, scan] = [
    [0xff, 0xd8],
    [0xff, 0xe1, 0, 6, 1, 2, 3, 4],
    [0xff, 0xe2, 0, 14],
    [0xff, 0xda, 0, 2, 7, 7],
  ]
  const part = [profile, 'ICC_PROFILE', [0]] as const
  expect(await stripped(bytes(start, exif, ...part, [0xff], ...part, scan))).toEqual([...bytes(start, exif, [0xff], scan)])
})

test('leaves a file as it is that has none, is cut, or is of another kind', () => {
  for (const file of [
    bytes(SIGNATURE, ...chunk('IHDR'), ...chunk('IDAT'), ...chunk('gAMA')),
    bytes(SIGNATURE, [0, 0]),
    bytes([0xff, 0xd8, 0xff]),
    bytes('GIF89a gAMA'),
  ]) {
    const blob = new Blob([file])
    expect(withoutColor(blob, file)).toBe(blob)
  }
})
