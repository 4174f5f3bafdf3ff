import { batch } from '@preact/signals'
import { DinokitError } from 'dinokit/browser'
import type { Engine } from '../engine/engine.ts'
import type { SizeChoice } from '../engine/input-size.ts'
import { chosenLayer } from './draw.ts'
import { report, tell } from './notices.ts'
import { busy, drawing, layerId, live, embeddedCount, model, size, stage } from './store.ts'

/** Longest side of a frame that is embedded, in pixels. */
const FRAME = 960
/** Frames are embedded no finer than this: they should follow each other. */
const LIVE_SIZE = 280
/** A camera that has given nothing by then will not. */
const FIRST_FRAME_MS = 10_000

let controller: AbortController | undefined
let last = 0

/** Ends the camera or video, if there is one. */
export function stopLive(): void {
  controller?.abort()
  controller = undefined
  live.value = undefined
}

/** Plays the camera on the stage. */
export async function playCamera(engine: Engine): Promise<void> {
  const name = 'Camera'
  try {
    // The types say that it is always there; insecure pages say otherwise.
    const devices = navigator.mediaDevices as MediaDevices | undefined
    if (!devices) throw new DOMException('no mediaDevices', 'NotFoundError')
    const stream = await devices.getUserMedia({ video: { width: { ideal: 960 }, facingMode: 'environment' }, audio: false })
    await play(
      engine,
      name,
      (video) => (video.srcObject = stream),
      () => stream.getTracks().forEach((track) => track.stop()),
    )
  } catch (error) {
    tell(...cameraProblem(error), String(error))
  }
}

/** Plays a video file on the stage, again and again. */
export async function playVideo(engine: Engine, file: File): Promise<void> {
  const url = URL.createObjectURL(file)
  await play(
    engine,
    file.name,
    (video) => (video.src = url),
    () => URL.revokeObjectURL(url),
  )
}

async function play(engine: Engine, name: string, load: (video: HTMLVideoElement) => void, close: () => void): Promise<void> {
  stopLive()
  const own = (controller = new AbortController())
  const id = `live-${++last}`
  const video = Object.assign(document.createElement('video'), { muted: true, playsInline: true, loop: true })
  own.signal.addEventListener('abort', () => {
    video.pause()
    video.removeAttribute('src')
    video.srcObject = null
    close()
  })
  batch(() => {
    live.value = { id, name }
    stage.value = { image: id, name, live: true }
    drawing.value = undefined
    busy.value = 'decoding'
  })
  try {
    load(video)
    await firstFrame(video, own.signal)
    await video.play()
    while (!own.signal.aborted) await showFrame(engine, { id, name }, video, own.signal)
  } catch (error) {
    if (own.signal.aborted) return
    stopLive()
    if (error instanceof NoFrames)
      tell(
        `${name} has no image`,
        'No frame of it came. It may be in use elsewhere, covered, or a file without a video track.',
        error.message,
      )
    else report(error, { what: 'camera', name })
  } finally {
    if (!own.signal.aborted) own.abort()
  }
}

class NoFrames extends Error {}

function firstFrame(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { once: true, signal } as const
    const fail = (): void => reject(new NoFrames(video.error?.message ?? 'no frame'))
    video.addEventListener('loadeddata', () => (video.videoWidth > 0 ? resolve() : fail()), options)
    video.addEventListener('error', fail, options)
    signal.addEventListener('abort', fail, { once: true })
    setTimeout(fail, FIRST_FRAME_MS)
  })
}

/** Embeds the frame that the video shows, draws the layer, and shows all of it together. */
async function showFrame(
  engine: Engine,
  { id, name }: { readonly id: string; readonly name: string },
  video: HTMLVideoElement,
  signal: AbortSignal,
): Promise<void> {
  const { open } = model.value
  if (!open || document.hidden) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    return
  }
  const scale = Math.min(1, FRAME / Math.max(video.videoWidth, video.videoHeight))
  const [resizeWidth, resizeHeight] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)]
  const preview = await createImageBitmap(video, { resizeWidth, resizeHeight })
  const frame = await createImageBitmap(preview)
  try {
    const { embedded, classes } = await engine.embedFrame(frame, { image: id, size: liveSize(size.value) }, signal)
    const layer = chosenLayer()
    const options = layer.options()
    const drawn = options === undefined || layer.id in open.unavailable ? undefined : await engine.draw(id, layer.id, options, signal)
    if (signal.aborted || live.value?.id !== id) return
    batch(() => {
      stage.value?.preview?.close()
      stage.value = { image: id, name, live: true, preview, source: embedded.source, embedded, classes }
      if (layerId.value === layer.id) drawing.value = drawn && { image: id, layer: layer.id, drawing: drawn }
      busy.value = ''
      embeddedCount.value++
    })
  } catch (error) {
    preview.close()
    // A model that was just replaced cancels what was asked of it; the next frame is the new one's.
    if (!DinokitError.is(error, 'aborted')) throw error
  }
}

function liveSize(chosen: SizeChoice): SizeChoice {
  return chosen === 'native' || chosen > LIVE_SIZE ? 224 : chosen
}

function cameraProblem(error: unknown): [title: string, text: string] {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError')
    return ['The camera is not allowed', 'Allow it for this page in the browser’s address bar, and try again.']
  if (name === 'NotFoundError') return ['There is no camera', 'This device has none, or the page is not served by https.']
  return ['The camera could not be started', 'Another program may be using it.']
}
