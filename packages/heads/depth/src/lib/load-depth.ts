import type { TensorFile } from '@dinokit/checkpoint'
import { DinokitError, tensor, type HeadHost, type ModelCard, type Tokens } from '@dinokit/core'
import {
  HEAD_FORMAT,
  createDenseSession,
  loadHead,
  describeNeeds,
  readTensors,
  spreadLayers,
  HEAD_FILE_KEY,
  measureExtent,
  sourceMap,
  type HeadFile,
  type HeadTensor,
} from '@dinokit/head-kit'
import type { DepthRange } from '../depth-range.ts'
import { mapUnit } from '../depth-answer.ts'
import type { DepthNetwork } from './depth-network.ts'
import { createDptSession } from './dpt-session.ts'
import { wholeOfPadded } from './whole-of-padded.ts'

const PATH = /^(?:state_dict\.)?decode_head\./

/** Makes the network of a file: ours, Meta's linear one, or Meta's DPT. Its answers are meters. */
export async function loadDepth(host: HeadHost, file: TensorFile, range: DepthRange): Promise<DepthNetwork> {
  refuseWhole(file)
  const isDpt = [...file.tensors.keys()].some((name) => PATH.test(name) && name.includes('reassemble_blocks'))
  if (isDpt && file.metadata[HEAD_FILE_KEY] === undefined) {
    const layers = spreadLayers(host.card.architecture.depth)
    const tensors = unprefixed(await readTensors(file))
    const session = await createDptSession(host, { name: file.name, tensors, layers, min: range[0] })
    return inMeters({ needs: { rawLayers: layers }, ...session }, range)
  }
  const head = await loadHead(host, 'depth', file, (_, tensors) => recognizeLinear(host.card, file.name, tensors, range))
  const { input, output } = head.description
  const session = await createDenseSession(host, head)
  const network = {
    needs: describeNeeds(input, host.card.architecture.depth),
    ...(input.size !== undefined && { size: input.size }),
    async run(tokens: Tokens, signal?: AbortSignal) {
      const map = await session.run(tokens, signal)
      return tensor('float32', map.data, map.shape.slice(1))
    },
    dispose: () => session.dispose(),
  }
  return inMeters(network, output.kind === 'classes' ? range : [output.min, output.max])
}

/** Answers of a network that gives meters, clipped to its range. */
function inMeters(network: Omit<DepthNetwork, 'answer'>, range: DepthRange): DepthNetwork {
  return {
    ...network,
    async run(tokens, signal) {
      const map = await network.run(tokens, signal)
      for (let i = 0; i < map.data.length; i++) map.data[i] = Math.min(Math.max(map.data[i]!, range[0]), range[1])
      return map
    },
    answer(grid, placement, { focalLength }) {
      if (focalLength !== undefined) {
        throw new DinokitError('invalid-option', 'A focal length was given, and this head gives meters without one.', {
          given: `focalLength ${focalLength}`,
          expected: 'Depth Anything 3 Metric',
          hint: 'Leave it out.',
        })
      }
      const seen = wholeOfPadded(placement)
      const meters = sourceMap(grid, seen, mapUnit('meters'))
      return { unit: 'meters', map: meters, meters, ...measureExtent(meters, seen, grid), range }
    },
  }
}

/** Tensors that a whole depth model has: its head answers for the backbone beside it alone. */
const WHOLE = /(?:^|\.)(?:depth_head\.scratch|head\.scratch|neck\.reassemble_stage)\./

function refuseWhole({ name, tensors }: TensorFile): void {
  const found = [...tensors.keys()].find((path) => WHOLE.test(path))
  if (found === undefined) return
  throw new DinokitError('model-unsupported', `${name} is a depth model, whose head answers for its own backbone alone.`, {
    given: `a tensor ${found}`,
    expected: 'the model itself, opened with its own head',
    hint: `Open it as the model: --model ${name}, without --head (in the library: open({ model }) and depth()).`,
  })
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
