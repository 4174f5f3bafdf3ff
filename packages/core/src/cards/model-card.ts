import type { AssetReference } from '../contract/asset-reference.ts'
import type { ResizeFilter } from '../image/resize-filter.ts'

/**
 * Activation between the two layers of an MLP. `gelu` is the exact one, by the error function; `gelu_tanh` its approximation;
 * `silu` is x times its sigmoid, `quick_gelu` x times the sigmoid of 1.702 x. Every DINOv2 has `gelu`.
 */
export type Activation = 'gelu' | 'gelu_tanh' | 'quick_gelu' | 'silu' | 'relu'

/** The shape of a DINOv2 network (facebookresearch/dinov2, dinov2/models/vision_transformer.py). */
export interface Architecture {
  /** Side of a patch in pixels: 14 in every DINOv2. */
  readonly patch: number
  /** Number of channels of its images, where it is not 3 (red, green, blue). Such images are given as pixels: see `Pixels`. */
  readonly channels?: number
  /** Width of a token. */
  readonly dim: number
  /** Number of blocks. */
  readonly depth: number
  /** Attention heads; `dim / heads` is the width of a head. */
  readonly heads: number
  /** The block's feed-forward network: GELU MLP, or SwiGLU. */
  readonly ffn: 'mlp' | 'swiglu'
  /** Width inside the feed-forward network. */
  readonly ffnHidden: number
  /** Register tokens between CLS and the patches (arXiv 2309.16588): 0 or 4. */
  readonly registers: number
  /** Rows and columns of the stored position embedding; [0, 0] where there is none, as with rotary positions. */
  readonly positionGrid: readonly [rows: number, columns: number]
  /** Epsilon of every LayerNorm. */
  readonly layerNormEps: number
  /** Epsilon of the last LayerNorm, where it is another one. */
  readonly finalNormEps?: number
  /** Whether a LayerNorm follows the last block: many of timm's models that pool by the mean have none. Default true. */
  readonly finalNorm?: boolean
  /**
   * Kind of the image's one vector, `tokens.cls`. `cls`, the default: the class token. `mean`: the network has no class token, and
   * the mean of the patch tokens stands in its place, after a LayerNorm of its own where none follows the last block.
   */
  readonly pooling?: 'cls' | 'mean'
  /** Activation of an MLP; SwiGLU has its own. Default `gelu`. */
  readonly activation?: Activation
}

/**
 * Method by which position embeddings are resampled to another grid. All are bicubic with half-pixel centers; they differ and give
 * different tokens, so a card names its own.
 *
 * - `offset`: Meta without registers. a = -0.75, no antialias, sampling step `stored / (n + 0.1)`.
 * - `plain`: Hugging Face without registers. a = -0.75, no antialias, sampling step `stored / n`.
 * - `antialias`: both, with registers; timm always. a = -0.5, support widened when shrinking.
 *
 * Two have no stored positions, as DINOv3: queries and keys of patches are rotated by angles that follow from where a patch is (RoPE,
 * arXiv 2104.09864), whatever the grid.
 *
 * - `rotary`: periods in float32, as transformers and timm have them.
 * - `rotary-bfloat16`: periods rounded to bfloat16, as Meta's checkpoints keep them.
 */
export type PositionInterpolation = 'offset' | 'plain' | 'antialias' | RotaryPositions

/** Kind of {@link PositionInterpolation} without stored positions. */
export type RotaryPositions = 'rotary' | 'rotary-bfloat16'

/**
 * Library whose resampling resizes an image, bit for bit.
 *
 * - `pillow`: as Meta's evaluation and most of training do.
 * - `torchvision`: as torchvision resizes tensors of bytes on processors with AVX2 and on ARM, which is the default of
 *   transformers 5. Bicubic has these bits on every processor.
 * - `torchvision-float`: as torchvision resizes bilinearly on other processors, through float32. `bilinear` only.
 * - `torchvision-unrounded`: as torchvision resizes floats, which are not rounded to bytes afterwards. `bilinear` only: transformers'
 *   preprocessing for DINOv3.
 * - `opencv`: as OpenCV resizes floats by INTER_CUBIC, without antialiasing, as Depth Anything V2 has it; they are not rounded either.
 *   `bicubic` only.
 * - `opencv-twice`: as OpenCV resizes bytes, first to the longer side and then to both, as Depth Anything 3 has it. `bicubic` only, which
 *   is INTER_CUBIC where a side grows; else it is INTER_AREA.
 */
export type Resampler = 'pillow' | 'torchvision' | 'torchvision-float' | 'torchvision-unrounded' | 'opencv' | 'opencv-twice'

/**
 * First row and column of the center crop, where what is left over on both sides is odd. `even`: half of it, rounded to the even
 * number, as torchvision's CenterCrop has it, and so Meta's evaluation and timm. `floor`: rounded down, as transformers has it.
 */
export type CropStart = 'even' | 'floor'

/**
 * Proportions of an image when it is resized. `keep`: the shorter side becomes `shortest`. `squash`: both sides do, as in
 * transformers' processors of ViT and DeiT, and in timm where `crop_mode` is `squash`.
 */
export type Aspect = 'keep' | 'squash'

/** Steps that make an image the model's input. */
export interface Preprocessing {
  /** The shorter side after resizing, before the center crop. */
  readonly shortest: number
  /** Default `keep`. */
  readonly aspect?: Aspect
  /** Side of the square center crop. */
  readonly crop: number
  /** Default `even`. */
  readonly cropStart?: CropStart
  /** Resampling filter. */
  readonly filter: ResizeFilter
  /** Default `pillow`. */
  readonly resampler?: Resampler
  /** Subtracted from each channel of an image in 0-1: one number for each. */
  readonly mean: readonly number[]
  /** Each channel is divided by it afterwards. */
  readonly std: readonly number[]
}

/**
 * Vector that stands for an image as a whole. `class`: the class token. `mean`: the mean of the patch tokens. `class-and-mean`: the
 * one after the other, twice as wide, as Virchow's makers have it (huggingface.co/paige-ai/Virchow2).
 */
export type EmbeddingKind = 'class' | 'mean' | 'class-and-mean'

/** Everything about a model but its weights. Cards are plain data: make your own for a model of your own. */
export interface ModelCard {
  /** Name of the model, such as `dinov2-small`. */
  readonly id: string
  /** One line for a person. */
  readonly description: string
  readonly architecture: Architecture
  readonly interpolation: PositionInterpolation
  /** Kind of `tokens.embedding`. Default `class`; of a network without a class token it is the mean, whatever stands here. */
  readonly embedding?: EmbeddingKind
  /** Number format of the computation, where the graph of an exported file has another one than float32. */
  readonly precision?: string
  readonly preprocessing: Preprocessing
  /** Number of parameters. */
  readonly parameters: number
  /** Where the weights are, where they can be had by name. */
  readonly weights?: AssetReference
  /** SPDX identifier of the weights' license. */
  readonly license: string
  /** Who made the weights, and how. */
  readonly origin: string
  /** Record of dinokit's training, where it trained the model: teacher, data, recipe, seed, metrics, command. Plain data. */
  readonly training?: Readonly<Record<string, unknown>>
}
