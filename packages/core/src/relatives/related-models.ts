import { IMAGENET_PREPROCESSING } from '../cards/model-registry.ts'
import type { NetworkShape, RelatedModel } from './related-model.ts'

type Row = readonly [id: string, repo: string, description: string, parameters: number, shape: NetworkShape]
type Common = Pick<RelatedModel, 'family' | 'input' | 'license' | 'terms' | 'gated'>

const { mean, std } = IMAGENET_PREPROCESSING

/** facebookresearch/dinov3, dinov3/hub/backbones.py. */
function rotary(dim: number, depth: number, ffn: NetworkShape['ffn'], ffnHidden: number): NetworkShape {
  return { patch: 16, dim, depth, ffn, ffnHidden, registers: 4, rotary: true }
}

const SMALL = rotary(384, 12, 'mlp', 1536)
const BASE = rotary(768, 12, 'mlp', 3072)
const LARGE = rotary(1024, 24, 'mlp', 4096)
const SEVEN_BILLION = rotary(4096, 40, 'swiglu', 8192)

const DINOV3: readonly RelatedModel[] = rows(
  {
    family: 'DINOv3',
    input: 224,
    license: 'DINOv3 License',
    terms: 'Copies and what is made of the weights stay under this license, and it excludes uses such as military and nuclear ones.',
    gated: true,
  },
  [
    ['dinov3-small', 'facebook/dinov3-vits16-pretrain-lvd1689m', 'DINOv3 ViT-S/16', 21_586_944, SMALL],
    ['dinov3-small-plus', 'facebook/dinov3-vits16plus-pretrain-lvd1689m', 'DINOv3 ViT-S+/16', 28_683_264, rotary(384, 12, 'swiglu', 1536)],
    ['dinov3-base', 'facebook/dinov3-vitb16-pretrain-lvd1689m', 'DINOv3 ViT-B/16', 85_641_216, BASE],
    ['dinov3-large', 'facebook/dinov3-vitl16-pretrain-lvd1689m', 'DINOv3 ViT-L/16', 303_079_424, LARGE],
    ['dinov3-large-satellite', 'facebook/dinov3-vitl16-pretrain-sat493m', 'DINOv3 ViT-L/16 of satellite images', 303_079_424, LARGE],
    ['dinov3-huge-plus', 'facebook/dinov3-vith16plus-pretrain-lvd1689m', 'DINOv3 ViT-H+/16', 840_509_440, rotary(1280, 32, 'swiglu', 5120)],
    ['dinov3-7b', 'facebook/dinov3-vit7b16-pretrain-lvd1689m', 'DINOv3 ViT-7B/16', 6_716_030_976, SEVEN_BILLION],
    [
      'dinov3-7b-satellite',
      'facebook/dinov3-vit7b16-pretrain-sat493m',
      'DINOv3 ViT-7B/16 of satellite images',
      6_716_030_976,
      SEVEN_BILLION,
    ],
  ],
)

/** In timm's form, where timm 1.0.31 itself takes them from (timm/models/eva.py). */
const LINGBOT: readonly RelatedModel[] = rows({ family: 'LingBot-Vision', input: 512, license: 'Apache-2.0', gated: false }, [
  ['lingbot-vision-small', 'belfner/vit_small_patch16_lingbot.robbyant', 'LingBot-Vision ViT-S/16, as timm has it', 21_596_160, SMALL],
  ['lingbot-vision-base', 'belfner/vit_base_patch16_lingbot.robbyant', 'LingBot-Vision ViT-B/16, as timm has it', 85_659_648, BASE],
  ['lingbot-vision-large', 'belfner/vit_large_patch16_lingbot.robbyant', 'LingBot-Vision ViT-L/16, as timm has it', 303_128_576, LARGE],
  [
    'lingbot-vision-giant',
    'belfner/vit_giant_patch16_lingbot.robbyant',
    'LingBot-Vision ViT-g/16, as timm has it',
    1_134_473_216,
    rotary(1536, 40, 'swiglu', 4096),
  ],
])

const FOR_RESEARCH = 'Not for commercial use, and nothing that is made of the weights may be passed on.'

/** Slices of tissue, and X-rays. Sizes by timm's own models; pooling by their makers' model cards. */
const FIELDS: readonly RelatedModel[] = [
  {
    id: 'rad-dino',
    family: 'RAD-DINO',
    description: 'RAD-DINO ViT-B/14, chest X-rays',
    repo: 'microsoft/rad-dino',
    parameters: 86_580_480,
    shape: { patch: 14, dim: 768, depth: 12, ffn: 'mlp', ffnHidden: 3072, registers: 0, rotary: false },
    input: 518,
    license: 'MIT',
    terms: 'Its makers share it for research, not for clinical practice.',
    gated: false,
  },
  {
    id: 'uni',
    family: 'UNI',
    description: 'UNI ViT-L/16, pathology',
    repo: 'MahmoodLab/UNI',
    parameters: 303_350_784,
    shape: { patch: 16, dim: 1024, depth: 24, ffn: 'mlp', ffnHidden: 4096, registers: 0, rotary: false },
    input: 224,
    license: 'CC-BY-NC-ND-4.0',
    terms: FOR_RESEARCH,
    gated: true,
  },
  {
    id: 'uni2-h',
    family: 'UNI',
    description: 'UNI2-h ViT-H/14 with 8 registers, pathology',
    repo: 'MahmoodLab/UNI2-h',
    parameters: 681_394_176,
    shape: { patch: 14, dim: 1536, depth: 24, ffn: 'swiglu', ffnHidden: 4096, registers: 8, rotary: false },
    input: 224,
    card: { heads: 24, mean, std },
    license: 'CC-BY-NC-ND-4.0',
    terms: FOR_RESEARCH,
    gated: true,
  },
  {
    id: 'virchow',
    family: 'Virchow',
    description: 'Virchow ViT-H/14, pathology',
    repo: 'paige-ai/Virchow',
    parameters: 631_229_184,
    shape: { patch: 14, dim: 1280, depth: 32, ffn: 'swiglu', ffnHidden: 3416, registers: 0, rotary: false },
    input: 224,
    card: { heads: 16, mean, std, embedding: 'class-and-mean' },
    license: 'Apache-2.0',
    gated: true,
  },
  {
    id: 'virchow2',
    family: 'Virchow',
    description: 'Virchow2 ViT-H/14 with 4 registers, pathology',
    repo: 'paige-ai/Virchow2',
    parameters: 631_239_424,
    shape: { patch: 14, dim: 1280, depth: 32, ffn: 'swiglu', ffnHidden: 3416, registers: 4, rotary: false },
    input: 224,
    card: { heads: 16, mean, std, embedding: 'class-and-mean' },
    license: 'CC-BY-NC-ND-4.0',
    terms: FOR_RESEARCH,
    gated: true,
  },
  {
    id: 'h-optimus-0',
    family: 'H-optimus',
    description: 'H-optimus-0 ViT-g/14 with 4 registers, pathology',
    repo: 'bioptimus/H-optimus-0',
    parameters: 1_134_774_272,
    shape: { patch: 14, dim: 1536, depth: 40, ffn: 'swiglu', ffnHidden: 4096, registers: 4, rotary: false },
    input: 224,
    card: { heads: 24, mean: [0.707223, 0.578729, 0.703617], std: [0.211883, 0.230117, 0.177517] },
    license: 'Apache-2.0',
    gated: true,
  },
]

/**
 * The relatives of DINOv2 that dinokit knows by name, family by family. Apart from `MODEL_CARDS`, and loaded where one is asked
 * for: pages that open DINOv2 do not carry them.
 */
export const RELATED_MODELS: readonly RelatedModel[] = Object.freeze([...DINOV3, ...LINGBOT, ...FIELDS])

/**
 * Finds a relative by its id or by its repository on the hub.
 *
 * @param name - as the user gave it
 */
export function findRelatedModel(name: string): RelatedModel | undefined {
  return RELATED_MODELS.find(({ id, repo }) => id === name || repo === name)
}

function rows(common: Common, models: readonly Row[]): RelatedModel[] {
  return models.map(([id, repo, description, parameters, shape]) => ({ id, repo, description, parameters, shape, ...common }))
}
