import type { OnnxModel, Pixels } from '@dinokit/core'
import { createSession } from '@dinokit/runtime-web'
import { expect, test } from 'vitest'
import { IMAGES } from '../testing/images.ts'
import { toPng } from '../testing/to-png.ts'
import { trainBriefly, type BriefLosses } from '../testing/train-briefly.ts'

test('runs distill and pretrain in a worker, on files of images: the losses are the page’s own on their pixels', async () => {
  const files = await Promise.all(IMAGES.map(toPng))
  const worker = new Worker(new URL('../testing/train-worker.ts', import.meta.url), { type: 'module' })
  const answer = await new Promise<BriefLosses | string>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<BriefLosses | string>) => resolve(data))
    worker.addEventListener('error', ({ message }) => reject(new Error(message)))
    worker.postMessage(files)
  })
  worker.terminate()
  const onPage = {
    createSession: (model: OnnxModel) => createSession(model),
    decodeImage: (pixels: Pixels) => Promise.resolve(pixels),
  }
  const expected = await trainBriefly(onPage, IMAGES)
  expect(answer).toEqual(expected)
  expect(expected.distilled).toHaveLength(6)
  expect(expected.distilled[5]).toBeLessThan(expected.distilled[0]!)
  expect(expected.pretrained).toHaveLength(4)
})
