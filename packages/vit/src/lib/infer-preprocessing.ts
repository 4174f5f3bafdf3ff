import { DinokitError, IMAGENET_PREPROCESSING, type Architecture, type CardFields, type Preprocessing } from '@dinokit/core'
import type { Config } from './huggingface-config.ts'

/** A square of a side, or a side of which nobody says what becomes of the other. */
interface Resized {
  readonly shortest?: number
  readonly aspect?: CardFields['aspect']
}

const HALVES = [0.5, 0.5, 0.5] as const

/** Values that transformers' processors take where a preprocessor_config.json leaves them out (5.24). */
const PROCESSORS: Readonly<Record<string, CardFields>> = {
  ViT: { shortest: 224, aspect: 'squash', filter: 'bilinear', mean: HALVES, std: HALVES },
  DeiT: { shortest: 256, aspect: 'squash', crop: 224, filter: 'bicubic', mean: HALVES, std: HALVES },
  Bit: {
    shortest: 224,
    aspect: 'keep',
    crop: 224,
    filter: 'bicubic',
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  },
}

/**
 * Reads the preprocessing from Hugging Face's preprocessor_config.json. Most do not say who resizes: transformers 4 and 5 write the
 * same name for Pillow and for torchvision (decisions/0068).
 *
 * @param file - for messages
 * @param config - parsed
 * @param said - by the user, in place of what can't be had
 * @throws DinokitError `model-unsupported` where it says steps that a card has not, and the user does not say others
 */
export function processorFields(file: string, config: Config, said: CardFields = {}): CardFields {
  const type = String(config.image_processor_type ?? config.feature_extractor_type)
  const [, kind = ''] = /^(ViT|DeiT|Bit)(?:ImageProcessor|FeatureExtractor)/.exec(type) ?? []
  const usual = PROCESSORS[kind] ?? {}
  const dense = isDense(type, config)
  const { shortest = usual.shortest, aspect = usual.aspect } = resizedTo(config, kind, dense)
  const crops =
    typeof config.do_center_crop === 'boolean' ? config.do_center_crop : kind !== 'ViT' && (usual.crop ?? config.crop_size) !== undefined
  const whole = aspect !== 'squash' && (kind === 'ViT' || config.do_center_crop === false) && !crops
  const crop = crops
    ? (count(entry(config.crop_size, 'height') ?? config.crop_size) ?? usual.crop)
    : aspect === 'squash' || dense
      ? shortest
      : undefined
  if (!dense && (said.shortest === undefined || said.crop === undefined)) assertSteps(file, config, whole)
  const { resample } = config
  const filter = typeof resample === 'number' ? FILTERS[resample] : usual.filter
  if (!filter && !said.filter && typeof resample === 'number') throw unknownFilter(file, 'preprocessor_config.json', resample)
  const resampler = resamplerOf(type)
  return {
    ...(shortest && { shortest }),
    ...(aspect && { aspect }),
    ...(crop && { crop }),
    ...(crop && crops && { cropStart: 'floor' }),
    ...(filter && { filter }),
    ...normalization(config, usual),
    ...(resampler && { resampler }),
  }
}

/**
 * Whether the processor is DPT's, for images that are seen whole: resized in proportion, or padded as they are. Depth heads prepare their
 * images so; for tokens alone a square of the same size is cropped.
 */
function isDense(type: string, { do_resize, do_pad, keep_aspect_ratio: keeps }: Config): boolean {
  return /^DPT(?:ImageProcessor|FeatureExtractor)/.test(type) && (do_resize === false ? do_pad === true : keeps === true)
}

/** Sides that an image is resized to. A number is a square to some processors, and the shorter side to others. */
function resizedTo({ size, do_resize, keep_aspect_ratio: keeps }: Config, kind: string, dense: boolean): Resized {
  const usual = PROCESSORS[kind]
  if (typeof size === 'number') return usual ? { shortest: size } : {}
  const [shorter, height] = [count(entry(size, 'shortest_edge')), count(entry(size, 'height'))]
  if (shorter) return { shortest: shorter, aspect: 'keep' }
  if (dense) return height && do_resize !== false ? { shortest: height, aspect: 'keep' } : {}
  return height && keeps !== true ? { shortest: height, aspect: 'squash' } : {}
}

/** Refuses steps that would make other input of the same image. */
function assertSteps(file: string, { size, do_resize, keep_aspect_ratio: keeps }: Config, whole: boolean): void {
  const [height, width] = [entry(size, 'height'), entry(size, 'width')]
  const strange =
    do_resize === false
      ? 'does not resize images (do_resize)'
      : height !== width && keeps !== true
        ? `resizes images to ${String(width)}x${String(height)}, and the crop of a card is square`
        : whole
          ? 'does not crop images (do_center_crop), so that they have any size'
          : undefined
  if (strange === undefined) return
  throw new DinokitError('model-unsupported', `The preprocessor_config.json of ${file} ${strange}.`, {
    given: strange,
    expected: 'images that are resized, and cropped to a square',
    hint: 'Say it: --card shortest=256,crop=224 (in the library: card: { shortest, crop }); and give the size of images with --size where they are to be whole.',
  })
}

/** Mean and std of images in 0-1: what the configuration says of bytes by another factor than 1 / 255 is brought to it. */
function normalization(config: Config, usual: CardFields): CardFields {
  const plain = config.do_normalize === false
  const mean = plain ? ZEROS : (numbers(config.image_mean) ?? usual.mean)
  const std = plain ? ONES : (numbers(config.image_std) ?? usual.std)
  const { rescale_factor: factor } = config
  const scale = 255 * (config.do_rescale === false ? 1 : typeof factor === 'number' ? factor : 1 / 255)
  const scaled = (values: readonly number[]): readonly number[] =>
    Math.abs(scale - 1) < 1e-9 ? values : values.map((value) => value / scale)
  return { ...(mean && { mean: scaled(mean) }), ...(std && { std: scaled(std) }) }
}

/** Resampler that a name such as `BitImageProcessorFast` or `BitImageProcessorPil` says; DINOv3's resizes what is rescaled already. */
function resamplerOf(type: string): CardFields['resampler'] {
  if (type.startsWith('DINOv3')) return 'torchvision-unrounded'
  return type.endsWith('Fast') ? 'torchvision' : type.endsWith('Pil') ? 'pillow' : undefined
}

/** Pillow's numbers of the filters (PIL.Image.Resampling). */
const FILTERS: Readonly<Record<number, Preprocessing['filter']>> = { 1: 'lanczos', 2: 'bilinear', 3: 'bicubic' }

const ZEROS = [0, 0, 0] as const
const ONES = [1, 1, 1] as const

/** Part of the image that timm resizes to the crop where nothing says it (timm 1.0.31). */
const TIMM_CROP_PCT = 0.875

/**
 * Reads the preprocessing from the `pretrained_cfg` of timm's config.json.
 *
 * @param file - for messages
 * @param config - parsed
 * @param said - by the user, in place of what can't be had
 * @throws DinokitError `model-unsupported` where it says a way to resize that a card has not, and the user does not say another
 */
export function timmProcessorFields(file: string, config: Config, said: CardFields = {}): CardFields {
  const of = (key: string): unknown => entry(config.pretrained_cfg, key)
  const size = of('input_size')
  const crop = Array.isArray(size) ? count(size[1]) : undefined
  const [part = TIMM_CROP_PCT, mode = 'center', filter] = [of('crop_pct'), of('crop_mode'), of('interpolation')]
  const known = filter === 'bilinear' || filter === 'lanczos' || filter === 'bicubic'
  if (mode !== 'center' && mode !== 'squash' && mode !== null && !said.aspect) throw unknownCropMode(file, mode)
  if (typeof filter === 'string' && !known && !said.filter) throw unknownFilter(file, 'config.json', filter)
  const [mean, std] = [numbers(of('mean')), numbers(of('std'))]
  return {
    ...(crop && { crop }),
    ...(crop && typeof part === 'number' && part > 0 && part <= 1 && { shortest: Math.floor(crop / part) }),
    ...(mode === 'squash' && { aspect: mode }),
    ...(known && { filter }),
    ...(mean && { mean }),
    ...(std && { std }),
  }
}

function unknownCropMode(file: string, mode: unknown): DinokitError {
  return new DinokitError(
    'model-unsupported',
    `The config.json of ${file} resizes images in a way that is not supported: ${String(mode)}.`,
    {
      given: `crop_mode ${String(mode)}`,
      expected: 'crop_mode center or squash',
      hint: 'Say another: --card aspect=keep, or aspect=squash (in the library: card: { aspect }). Tokens of image files then differ from timm’s.',
    },
  )
}

function unknownFilter(file: string, config: string, filter: unknown): DinokitError {
  return new DinokitError(
    'model-unsupported',
    `The ${config} of ${file} resizes images by a filter that is not supported: ${String(filter)}.`,
    {
      given: String(filter),
      expected: 'lanczos (1), bilinear (2) or bicubic (3)',
      hint: 'Say another: --card filter=bicubic (in the library: card: { filter }). Tokens of image files then differ from that library’s.',
    },
  )
}

/**
 * Sizes of images where nothing says them: as for DINOv2 where there is LayerScale, as in all of them; else the size that the
 * positions are of.
 *
 * @param architecture - patch and grid
 * @param layerScale - whether there is
 * @param crop - where that is known
 */
export function assumedSize(
  { patch, positionGrid }: Pick<Architecture, 'patch' | 'positionGrid'>,
  layerScale: boolean,
  crop?: number,
): Required<Pick<CardFields, 'shortest' | 'crop' | 'filter'>> {
  const usual = IMAGENET_PREPROCESSING
  const native = layerScale && usual.crop % patch === 0 ? usual.crop : positionGrid[0] * patch
  const side = crop ?? native
  return { shortest: Math.round((side * usual.shortest) / usual.crop), crop: side, filter: usual.filter }
}

function entry(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Config)[key] : undefined
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined
}

function numbers(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : undefined
}
