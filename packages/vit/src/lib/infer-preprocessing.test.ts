import { IMAGENET_PREPROCESSING, normalize, preprocess, type CardFields, type Preprocessing } from '@dinokit/core'
import { ownGoldens } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import type { Config } from './huggingface-config.ts'
import { processorFields, timmProcessorFields } from './infer-preprocessing.ts'

interface Row {
  readonly config: Config
  readonly size: readonly [number, number]
  readonly sha256: string
  readonly values: readonly number[]
}

const rows = JSON.parse(new TextDecoder().decode(await ownGoldens.read('cards/processors.json'))) as Record<string, Record<string, Row>>
/** The image of goldens/make_processors.py. */
const IMAGE = { width: 333, height: 251, data: Uint8Array.from({ length: 333 * 251 * 3 }, (_, i) => (i * 31) % 251) }

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

describe.each([
  ['transformers', processorFields],
  ['timm', timmProcessorFields],
] as const)('what a configuration of %s says of preprocessing', (library, fieldsOf) => {
  test.each(Object.entries(rows[library]!))('gives that library’s input: %s', async (_, { config, size, sha256: digest, values }) => {
    const fields = fieldsOf('model', config)
    expect(fields).toMatchObject({ crop: size[0], shortest: expect.any(Number) as number, filter: expect.any(String) as string })
    const preprocessing: Preprocessing = { ...IMAGENET_PREPROCESSING, ...fields }
    const { pixels } = preprocess(IMAGE, { preprocessing, patch: 1 })
    expect([pixels.height, pixels.width]).toEqual(size)
    expect(await sha256(pixels.data)).toBe(digest)
    const { data } = normalize(pixels, preprocessing)
    const area = pixels.width * pixels.height
    const own = [0, area - 1].flatMap((at) => [0, 1, 2].map((channel) => data[channel * area + at]!))
    own.forEach((value, index) => expect(value).toBeCloseTo(values[index]!, 5))
  })
})

const SQUARE = { height: 224, width: 224 }

test.each<readonly [string, Config, CardFields, string]>([
  ['no resize', { do_resize: false }, { shortest: 256, crop: 224 }, 'does not resize images'],
  ['no crop', { do_center_crop: false, size: { shortest_edge: 224 } }, { shortest: 256, crop: 224 }, 'does not crop images'],
  ['another size than a square', { size: { height: 224, width: 336 } }, { shortest: 224, crop: 224 }, '336x224'],
  ['an unknown filter', { size: SQUARE, resample: 4 }, { filter: 'bicubic' }, 'by a filter that is not supported: 4'],
])('rejects %s of transformers, unless the user says what is to be in its place', (_, config, said, message) => {
  expect(() => processorFields('model', config)).toThrow(message)
  expect(() => processorFields('model', config, said)).not.toThrow()
})

test.each<readonly [string, Config, CardFields, string]>([
  ['crop_mode border', { crop_mode: 'border' }, { aspect: 'keep' }, 'border'],
  ['an unknown filter', { interpolation: 'nearest' }, { filter: 'bicubic' }, 'nearest'],
])('rejects %s of timm, unless the user says what is to be in its place', (_, pretrained_cfg, said, message) => {
  expect(() => timmProcessorFields('model', { pretrained_cfg })).toThrow(message)
  expect(() => timmProcessorFields('model', { pretrained_cfg }, said)).not.toThrow()
})
