// The thread that decodes images and makes of them what a training or a stream needs, while others compute.
import { type CropOptions, type ModelInput, type PreprocessImageOptions, type Timed } from '@dinokit/core'
import { createRandom, multiCrop, type MultiCrop } from '@dinokit/core/augment'
import { captureResult, type WorkerResult } from '@dinokit/runtime-kit'
import { decodeImage } from './open-image.ts'
import type { ImageSource } from './image-source.ts'
import { prepareImage } from './prepare-image.ts'

/** An image, and what is asked for of it: plain data. */
export type ImageTask<Options> = Omit<Options, 'signal'> & { readonly source: ImageSource }

/** Decodes one image and crops it. */
export function crop({ source, ...options }: ImageTask<CropOptions>): Promise<WorkerResult<MultiCrop>> {
  return captureResult(async () => multiCrop(await decodeImage(source, options), options.recipe, createRandom(...options.keys)))
}

/** Decodes one image and makes it a model's input. */
export function preprocess({ source, ...options }: ImageTask<PreprocessImageOptions>): Promise<WorkerResult<Timed<ModelInput>>> {
  return captureResult(() => prepareImage(source, options))
}

/** Nothing, once the thread is there. */
export function start(): void {}
