import type { BackboneGraph, OutputRequest } from '../contract/backbone.ts'
import type { AnyTensor } from '../contract/tensor.ts'
import type { ModelCard } from '../cards/model-card.ts'
import { maskFor } from '../image/mask-for.ts'
import { stackPixels } from '../image/preprocess.ts'

/**
 * Makes the inputs of a run on an example image, by which a device is judged: smooth areas, edges and fine texture.
 *
 * @param card - of the model
 * @param graph - that is run
 * @param request - that the graph was made for
 */
export function probeFeeds(
  { architecture: { patch, channels = 3 }, preprocessing: { crop } }: ModelCard,
  graph: BackboneGraph,
  request: OutputRequest,
): Readonly<Record<string, AnyTensor>> {
  const count = Math.max(1, Math.floor(crop / patch))
  const side = count * patch
  const data = new Uint8Array(side * side * channels)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < channels; c++) {
        const smooth = ((x * (c + 1) + y * (channels - c)) * 160) / ((channels + 1) * side)
        const edge = (Math.floor((8 * x) / side) + Math.floor((6 * y) / side)) % 2 === 0 ? 60 : 0
        const texture = (x * 7 + y * 13 + c * 5) % 32
        data[(y * side + x) * channels + c] = smooth + edge + texture
      }
  const pixels = stackPixels([{ data, width: side, height: side, channels }])
  return graph.feeds(pixels, maskFor(request.masks ?? false, undefined, 1, [count, count]))
}
