// A download in a worker that a test ends midway.
import type { AssetReference } from '@dinokit/core'
import { readAsset } from '../downloads/read-asset.ts'

addEventListener('message', ({ data }: MessageEvent<AssetReference>) => {
  void readAsset(data, { onProgress: (progress) => postMessage(progress) })
})
