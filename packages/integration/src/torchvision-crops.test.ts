import { hasShared, ownGoldens, sharedAddress } from '@dinokit/testing'
import { createRuntime, IMAGENET_PREPROCESSING, type ResizeFilter } from 'dinokit'
import { describe, expect, test } from 'vitest'

const { preprocessImage } = createRuntime()

describe.each(['torchvision', 'torchvision-float'] as const)(
  'every image becomes an input with the bytes of transformers 5: %s',
  async (resampler) => {
    const text = new TextDecoder().decode(await ownGoldens.read(`resample/${resampler}-crops.json`))
    const crops = JSON.parse(text) as Record<string, Partial<Record<ResizeFilter, string>>>

    test.skipIf(!hasShared).each(Object.keys(crops))('holds for %s', async (path) => {
      for (const [filter, digest] of Object.entries(crops[path]!) as [ResizeFilter, string][]) {
        const preprocessing = { ...IMAGENET_PREPROCESSING, cropStart: 'floor', filter, resampler } as const
        const { pixels } = await preprocessImage!(sharedAddress(`data/${path}`), { preprocessing, patch: 14 })
        expect(await sha256(pixels.data), filter).toBe(digest)
      }
    })
  },
)

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
