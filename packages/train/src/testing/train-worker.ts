// A distillation and a training without labels in a worker, on files of images.
import type { Runtime } from '@dinokit/core'
import { createWebRuntime } from '@dinokit/runtime-web'
import { trainBriefly, type BriefLosses } from './train-briefly.ts'

addEventListener('message', ({ data: files }: MessageEvent<readonly Blob[]>) => {
  const runtime: Runtime<Blob> = createWebRuntime()
  void trainBriefly(runtime, files).then(
    (losses) => postMessage(losses satisfies BriefLosses),
    (error: unknown) => postMessage(String(error)),
  )
})
