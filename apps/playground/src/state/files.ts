import { batch } from '@preact/signals'
import type { Engine } from '../engine/engine.ts'
import { chooseHeadFile } from './heads/heads.ts'
import { tell } from './notices.ts'
import { openModel } from './open-model.ts'
import { playVideo, stopLive } from './play.ts'
import { currentImage, layerId, images, request, stage } from './store.ts'

let last = 0

/** Takes what was dropped, pasted or picked: models and heads are opened, videos played, all else is an image. */
export function takeFiles(engine: Engine, files: readonly File[]): void {
  const models = files.filter(({ name }) => /\.(?:pth|pt|bin|safetensors|onnx)$/i.test(name))
  const videos = files.filter(({ type }) => type.startsWith('video/'))
  const rest = files.filter((file) => !models.includes(file) && !videos.includes(file))
  const [model] = models
  if (model) void openWeights(engine, model)
  const [video] = videos
  if (rest.length > 0) addImages(rest)
  else if (video) void playVideo(engine, video)
}

/** A file of weights is a head, which becomes a layer, or else a model. */
async function openWeights(engine: Engine, file: File): Promise<void> {
  const task = await engine.headTask(file, AbortSignal.timeout(60_000)).catch(() => undefined)
  if (task === undefined) await openModel(engine, { model: file, device: request.value.device })
  else if (task === 'classification')
    tell(
      `${file.name} is a head for classification`,
      'The page draws heads for segmentation and for depth. The command dinokit classify takes it.',
    )
  else {
    layerId.value = task
    chooseHeadFile(task, file)
  }
}

/** Puts images into the strip and shows the first of them. */
export function addImages(files: readonly File[]): void {
  const added = files.map((file) => ({ id: `image-${++last}`, name: file.name || 'Pasted image', file }))
  batch(() => {
    stopLive()
    images.value = [...images.value, ...added]
    currentImage.value = added[0]?.id
  })
}

/** Keeps the frame that a camera or video shows, as an image. */
export async function keepFrame(): Promise<void> {
  const { preview, name } = stage.value ?? {}
  if (preview && name) addImages([new File([await pngOf(preview)], `${name}, a frame.png`, { type: 'image/png' })])
}

/** Writes the shown drawing as a PNG file. */
export function pngOf(bitmap: ImageBitmap): Promise<Blob> {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0)
  return canvas.convertToBlob()
}

/** Takes an image out of the strip. */
export function removeImage(engine: Engine, id: string): void {
  const index = images.value.findIndex((image) => image.id === id)
  batch(() => {
    images.value = images.value.filter((image) => image.id !== id)
    if (currentImage.value === id) currentImage.value = (images.value[index] ?? images.value.at(-1))?.id
  })
  engine.keepOnly(images.value.map((image) => image.id))
}
