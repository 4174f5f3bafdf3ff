import { AutoModel, AutoProcessor, RawImage, type DeviceType } from '@huggingface/transformers'
import { oneByOne, timed, type Way } from './ways.ts'

/** Images of one run of the batched way. */
const BATCH = 4

/**
 * transformers.js from image files to tokens, one at a time and in batches.
 *
 * @param name - of the model, below `env.localModelPath`
 * @param device - what computes
 * @param files - the images
 */
export async function transformersWays(name: string, device: DeviceType, files: readonly Blob[]): Promise<Way[]> {
  const [processor, model] = await Promise.all([
    AutoProcessor.from_pretrained(name),
    AutoModel.from_pretrained(name, { dtype: 'fp32', device }),
  ])
  const look = async (batch: readonly Blob[]): Promise<void> => {
    const images = await Promise.all(batch.map((blob) => RawImage.fromBlob(blob)))
    await (model as unknown as (inputs: unknown) => Promise<unknown>)(await processor(images))
  }
  const inBatches = (): Promise<number[]> =>
    timed(files.length, async () => {
      for (let start = 0; start < files.length; start += BATCH) await look(files.slice(start, start + BATCH))
    })
  return [
    ['transformers.js, one at a time', oneByOne(files, (file) => look([file]))],
    [`transformers.js, batches of ${BATCH}`, inBatches],
  ]
}
