// The thread that decodes pictures and makes of them what a training or a stream needs, while others compute.
import { prepareImage, type CropOptions, type PreparedImage, type PrepareImageOptions } from '@dinokit/core'
import { createRandom, multiCrop, type MultiCrop } from '@dinokit/core/augment'
import { outcomeOf, type Outcome } from '@dinokit/runtime-kit'
import { decodeImage } from './decode-image.ts'
import type { ImageSource } from './image-source.ts'

/** A picture, and what is asked for of it: plain data. */
export type PictureTask<Options> = Omit<Options, 'signal'> & { readonly source: ImageSource }

/** Decodes one picture and crops it. */
export function crop({ source, ...options }: PictureTask<CropOptions>): Promise<Outcome<MultiCrop>> {
  return outcomeOf(async () => multiCrop(await decodeImage(source, options), options.recipe, createRandom(...options.keys)))
}

/** Decodes one picture and makes it a model's input. */
export function prepare({ source, ...options }: PictureTask<PrepareImageOptions>): Promise<Outcome<PreparedImage>> {
  return outcomeOf(() => prepareImage({ decodeImage }, source, options))
}

/** Nothing, once the thread is there. */
export function start(): void {}
