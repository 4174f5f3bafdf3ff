import { DinokitError, type ModelCard } from '@dinokit/core'
import { HEAD_FORMAT, type HeadFile, type HeadTensor } from '@dinokit/head-kit'

const PATH = /^(?:state_dict\.)?decode_head\./
/** Meta's names (mmsegmentation's BNHead), and ours. */
const NAMES: Readonly<Record<string, string>> = {
  'bn.weight': 'network.0.weight',
  'bn.bias': 'network.0.bias',
  'bn.running_mean': 'network.0.running_mean',
  'bn.running_var': 'network.0.running_var',
  'conv_seg.weight': 'network.1.weight',
  'conv_seg.bias': 'network.1.bias',
}

/**
 * Meta's linear head (one layer) or multi-scale head (the last four layers): BatchNorm, then a 1x1 convolution.
 *
 * @throws DinokitError `tensor-missing`, `tensor-invalid` where it is one, but not for this model
 */
export function recognizeMeta(card: ModelCard, name: string, tensors: ReadonlyMap<string, HeadTensor>): HeadFile | undefined {
  const found = new Map<string, HeadTensor>()
  for (const [path, tensor] of tensors) {
    const own = NAMES[path.replace(PATH, '')]
    if (PATH.test(path) && own) found.set(own, tensor)
  }
  if (found.size === 0) return undefined
  const missing = Object.entries(NAMES).find(([, own]) => !found.has(own))
  if (missing)
    throw new DinokitError('tensor-missing', `${name} has no tensor decode_head.${missing[0]}.`, {
      expected: Object.keys(NAMES).join(', '),
    })
  const weight = found.get('network.1.weight')!
  const [classes, width] = weight.shape as [number, number]
  const { dim, depth } = card.architecture
  const layers = width / dim
  if ((layers !== 1 && layers !== 4) || layers > depth) {
    throw new DinokitError(
      'tensor-invalid',
      `${name} reads ${width} channels, which ${card.id} with tokens of width ${dim} does not have.`,
      {
        given: `decode_head.conv_seg.weight [${weight.shape.join(', ')}]`,
        expected: `${dim} (the last layer) or ${4 * dim} (the last four)`,
        hint: 'The head may be for another size of backbone.',
      },
    )
  }
  return {
    description: {
      format: HEAD_FORMAT,
      task: 'segmentation',
      name,
      backbone: { dim },
      input: { layers: Array.from({ length: layers }, (_, i) => depth - layers + 1 + i), norm: true, tokens: ['patches'] },
      network: [{ kind: 'batchnorm', eps: 1e-5 }, { kind: 'convolution' }],
      output: { kind: 'classes' },
      classes: Array.from({ length: classes }, (_, index) => ({ name: `class ${index}` })),
    },
    tensors: found,
  }
}
