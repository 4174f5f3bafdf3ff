import { DinokitError } from '../contract/dinokit-error.ts'
import { PUBLISHED_DIGESTS } from './published-digests.ts'
import type { Architecture, ModelCard, PositionInterpolation, Preprocessing } from './model-card.ts'

/** The evaluation transform of DINOv2 (facebookresearch/dinov2, dinov2/data/transforms.py). */
export const IMAGENET_PREPROCESSING: Preprocessing = Object.freeze({
  shortest: 256,
  crop: 224,
  filter: 'bicubic',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const)

type Sizes = Pick<Architecture, 'dim' | 'depth' | 'heads' | 'ffn' | 'ffnHidden'> & { readonly parameters: number }

/** facebookresearch/dinov2, dinov2/models/vision_transformer.py; parameters without registers. */
const SIZES = {
  small: { dim: 384, depth: 12, heads: 6, ffn: 'mlp', ffnHidden: 1536, parameters: 22_056_576 },
  base: { dim: 768, depth: 12, heads: 12, ffn: 'mlp', ffnHidden: 3072, parameters: 86_580_480 },
  large: { dim: 1024, depth: 24, heads: 16, ffn: 'mlp', ffnHidden: 4096, parameters: 304_368_640 },
  giant: { dim: 1536, depth: 40, heads: 24, ffn: 'swiglu', ffnHidden: 4096, parameters: 1_136_480_768 },
} as const satisfies Record<string, Sizes>

type SizeName = keyof typeof SIZES

const META_LETTERS: Readonly<Record<SizeName, string>> = { small: 's', base: 'b', large: 'l', giant: 'g' }

const TINY: ModelCard = {
  id: 'tiny',
  description: 'ViT-Ti/14, the embedded default: a supervised ViT in DINOv2’s form, not a DINOv2 checkpoint',
  architecture: {
    patch: 14,
    dim: 192,
    depth: 12,
    heads: 3,
    ffn: 'mlp',
    ffnHidden: 768,
    registers: 0,
    positionGrid: [16, 16],
    layerNormEps: 1e-6,
  },
  interpolation: 'offset',
  preprocessing: IMAGENET_PREPROCESSING,
  parameters: 5_506_176,
  license: 'Apache-2.0',
  origin:
    'vit_tiny_patch16_224.augreg_in21k_ft_in1k (Google Research, arXiv 2106.10270, as distributed by timm), converted to patch 14 by FlexiViT’s pseudo-inverse resize (arXiv 2212.08013)',
}

/**
 * The models that dinokit knows by name, as data: `tiny`, which is embedded; DINOv2 as Hugging Face distributes it
 * (`dinov2-small`, `dinov2-with-registers-small`, …) and as Meta does (`dinov2_vits14`, `dinov2_vits14_reg`, …). The
 * two differ in how positions are resampled, so they are models of their own.
 */
export const MODEL_CARDS: readonly ModelCard[] = Object.freeze([
  TINY,
  ...(Object.keys(SIZES) as SizeName[]).flatMap((size) =>
    [0, 4].flatMap((registers) => [huggingFaceCard(size, registers), metaCard(size, registers)]),
  ),
])

/**
 * Finds a card by its id, or by its repository on the hub (`facebook/dinov2-small`).
 *
 * @param id - as the user gave it
 * @param own - further cards, which come first
 * @throws DinokitError `model-unknown`
 */
export function findModelCard(id: string, own: readonly ModelCard[] = []): ModelCard {
  const cards = [...own, ...MODEL_CARDS]
  const card = cards.find((card) => card.id === id) ?? cards.find((card) => card.weights?.kind === 'hub' && card.weights.repo === id)
  if (card) return card
  throw new DinokitError('model-unknown', `There is no model ${JSON.stringify(id)}.`, {
    given: id,
    expected: `one of ${cards.map((card) => card.id).join(', ')}; or the path of a .pth, .safetensors or .onnx file, or of a folder in Hugging Face’s layout`,
  })
}

function huggingFaceCard(size: SizeName, registers: number): ModelCard {
  const id = `dinov2-${registers > 0 ? 'with-registers-' : ''}${size}`
  return {
    ...commonCard(size, registers, registers > 0 ? 'antialias' : 'plain'),
    id,
    description: `${describe(size, registers)}, as Hugging Face distributes it`,
    weights: { kind: 'hub', repo: `facebook/${id}`, file: 'model.safetensors' },
  }
}

function metaCard(size: SizeName, registers: number): ModelCard {
  const name = `dinov2_vit${META_LETTERS[size]}14`
  const file = `${name}${registers > 0 ? '_reg4' : ''}_pretrain.pth`
  return {
    ...commonCard(size, registers, registers > 0 ? 'antialias' : 'offset'),
    id: `${name}${registers > 0 ? '_reg' : ''}`,
    description: `${describe(size, registers)}, as Meta distributes it`,
    weights: { kind: 'url', url: `https://dl.fbaipublicfiles.com/dinov2/${name}/${file}`, sha256: PUBLISHED_DIGESTS[file]! },
  }
}

function commonCard(size: SizeName, registers: number, interpolation: PositionInterpolation): Omit<ModelCard, 'id' | 'description'> {
  const { parameters, ...sizes } = SIZES[size]
  return {
    architecture: { patch: 14, ...sizes, registers, positionGrid: [37, 37], layerNormEps: 1e-6 },
    interpolation,
    preprocessing: IMAGENET_PREPROCESSING,
    parameters: parameters + registers * sizes.dim,
    license: 'Apache-2.0',
    origin: `Meta AI, DINOv2 (arXiv 2304.07193${registers > 0 ? ', registers: arXiv 2309.16588' : ''})`,
  }
}

function describe(size: SizeName, registers: number): string {
  return `DINOv2 ViT-${size === 'giant' ? 'g' : size[0]!.toUpperCase()}/14${registers > 0 ? ` with ${registers} registers` : ''}`
}
