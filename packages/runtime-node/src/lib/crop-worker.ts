// The thread that decodes pictures and crops them while another one drives a training.
import { createRandom, multiCrop, outcomeOf, type CropOptions, type MultiCrop, type Outcome } from '@dinokit/core'
import { decodeImage } from '../decode-image.ts'
import type { ImageSource } from '../image-source.ts'

/** What the thread is asked for: plain data. */
export interface CropTask extends Omit<CropOptions, 'signal'> {
  readonly source: ImageSource
}

/** Decodes one picture and crops it. */
export default function cropInThread({ source, recipe, keys, ...reading }: CropTask): Promise<Outcome<MultiCrop>> {
  return outcomeOf(async () => multiCrop(await decodeImage(source, reading), recipe, createRandom(...keys)))
}
