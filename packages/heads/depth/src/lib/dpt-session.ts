import { DinokitError, tensor, type AnyTensor, type HeadHost, type Tensor, type Tokens } from '@dinokit/core'
import type { HeadTensor } from '@dinokit/head-kit'
import { encodeModel } from '@dinokit/onnx'
import { dptGraph } from './dpt-graph.ts'

/** A DPT head as its file has it. */
export interface DptHead {
  /** Name of the file, for messages. */
  readonly name: string
  readonly tensors: ReadonlyMap<string, HeadTensor>
  /** The four layers that it reads. */
  readonly layers: readonly number[]
  /** Added to the depth, in meters. */
  readonly min: number
}

/** Makes a DPT head's session. */
export async function createDptSession(
  host: HeadHost,
  { name, tensors, layers, min }: DptHead,
): Promise<{ run(tokens: Tokens, signal?: AbortSignal): Promise<Tensor>; dispose(): Promise<void> }> {
  assertWidth(host, name, tensors)
  const graph = dptGraph(name, tensors, host.card.architecture.dim, min)
  const session = await host.runtime.createSession(encodeModel(graph), { ...(host.signal && { signal: host.signal }) })
  return {
    async run({ rawLayers }, signal) {
      const feeds: Record<string, AnyTensor> = {}
      layers.forEach((layer, index) => {
        feeds[`patches${index}`] = rawLayers[layer]!.patches
        feeds[`cls${index}`] = rawLayers[layer]!.cls
      })
      const { map } = await session.run(feeds, { ...(signal && { signal }) })
      return tensor('float32', map!.data as Float32Array, map!.shape.slice(2))
    },
    dispose: () => session.dispose(),
  }
}

function assertWidth({ card }: HeadHost, name: string, tensors: ReadonlyMap<string, HeadTensor>): void {
  const path = 'reassemble_blocks.projects.0.conv.weight'
  const width = tensors.get(path)?.shape[1]
  const { dim } = card.architecture
  if (width === dim) return
  throw new DinokitError(
    'model-unsupported',
    `${name} is for tokens of ${width ?? 'no known width'}, and ${card.id} has tokens of ${dim}.`,
    {
      given: width === undefined ? `no tensor ${path}` : `${path} with ${width} channels in`,
      expected: String(dim),
      hint: 'Open the model that the head was made for.',
    },
  )
}
