import type { TensorFile } from '@dinokit/checkpoint'
import {
  DinokitError,
  tensor,
  type HeadHost,
  type HeadNeeds,
  type InputSize,
  type ModelCard,
  type Tensor,
  type Tokens,
} from '@dinokit/core'
import {
  HEAD_FORMAT,
  createDenseSession,
  loadHead,
  describeNeeds,
  readTensors,
  spreadLayers,
  HEAD_FILE_KEY,
  type HeadFile,
  type HeadTensor,
} from '@dinokit/head-kit'
import type { DepthRange } from '../depth-range.ts'
import { createDptSession } from './dpt-session.ts'

/** A depth head's network: meters on a grid over the input, not clipped. */
export interface DepthNetwork {
  readonly needs: HeadNeeds
  readonly range: DepthRange
  readonly size?: InputSize
  run(tokens: Tokens, signal?: AbortSignal): Promise<Tensor>
  dispose(): Promise<void>
}

const PATH = /^(?:state_dict\.)?decode_head\./

/** Makes the network of a file: ours, Meta's linear one, or Meta's DPT. */
export async function loadDepth(host: HeadHost, file: TensorFile, range: DepthRange): Promise<DepthNetwork> {
  const isDpt = [...file.tensors.keys()].some((name) => PATH.test(name) && name.includes('reassemble_blocks'))
  if (isDpt && file.metadata[HEAD_FILE_KEY] === undefined) {
    const layers = spreadLayers(host.card.architecture.depth)
    const tensors = unprefixed(await readTensors(file))
    const session = await createDptSession(host, { name: file.name, tensors, layers, min: range[0] })
    return { needs: { rawLayers: layers }, range, ...session }
  }
  const head = await loadHead(host, 'depth', file, (_, tensors) => recognizeLinear(host.card, file.name, tensors, range))
  const { input, output } = head.description
  const session = await createDenseSession(host, head)
  return {
    needs: describeNeeds(input, host.card.architecture.depth),
    range: output.kind === 'classes' ? range : [output.min, output.max],
    ...(input.size !== undefined && { size: input.size }),
    async run(tokens, signal) {
      const map = await session.run(tokens, signal)
      return tensor('float32', map.data, map.shape.slice(1))
    },
    dispose: () => session.dispose(),
  }
}

function unprefixed(tensors: ReadonlyMap<string, HeadTensor>): Map<string, HeadTensor> {
  return new Map([...tensors].map(([name, tensor]) => [name.replace(PATH, ''), tensor]))
}

/**
 * Meta's linear heads of one layer or four: 256 bins by one 1x1 convolution, on a map four times as fine as the patches
 * (facebookresearch/dinov2, eval/depth/models/decode_heads/linear_head.py). Enlarging before a 1x1 convolution or after it
 * is the same, and after is cheaper.
 */
function recognizeLinear(
  card: ModelCard,
  name: string,
  tensors: ReadonlyMap<string, HeadTensor>,
  [min, max]: DepthRange,
): HeadFile | undefined {
  const found = unprefixed(tensors)
  const weight = found.get('conv_depth.weight')
  const bias = found.get('conv_depth.bias')
  if (!weight) return undefined
  const { dim, depth } = card.architecture
  const layers = weight.shape[1]! / (2 * dim)
  if (layers !== 1 && layers !== 4) {
    throw new DinokitError(
      'tensor-invalid',
      `${name} reads ${weight.shape[1]} channels, which ${card.id} with tokens of width ${dim} does not have.`,
      {
        given: `decode_head.conv_depth.weight [${weight.shape.join(', ')}]`,
        expected: `${2 * dim} (the last layer with its class token) or ${8 * dim} (four layers)`,
        hint: 'The head may be for another size of backbone.',
      },
    )
  }
  const network = new Map([['network.0.weight', weight]])
  if (bias) network.set('network.0.bias', bias)
  return {
    description: {
      format: HEAD_FORMAT,
      task: 'depth',
      name,
      backbone: { dim },
      input: { layers: layers === 1 ? [depth] : spreadLayers(depth), norm: false, tokens: ['patches', 'cls'] },
      network: [{ kind: 'convolution' }],
      upsample: 4,
      output: { kind: 'bins', min, max },
    },
    tensors: network,
  }
}
