import { IMAGENET_PREPROCESSING, type Architecture, type Preprocessing } from '@dinokit/core'

type Config = Readonly<Record<string, unknown>>

/** Reads the preprocessing of Hugging Face's preprocessor_config.json; what it does not say is as for DINOv2. */
export function huggingFacePreprocessing(config: Config | undefined): Preprocessing {
  if (!config) return IMAGENET_PREPROCESSING
  return {
    shortest: count(entry(config.size, 'shortest_edge')) ?? IMAGENET_PREPROCESSING.shortest,
    crop: count(entry(config.crop_size, 'height')) ?? IMAGENET_PREPROCESSING.crop,
    filter: FILTERS[String(config.resample)] ?? IMAGENET_PREPROCESSING.filter,
    mean: triple(config.image_mean) ?? IMAGENET_PREPROCESSING.mean,
    std: triple(config.image_std) ?? IMAGENET_PREPROCESSING.std,
  }
}

/** Pillow's numbers of the filters (PIL.Image.Resampling). */
const FILTERS: Readonly<Record<string, Preprocessing['filter']>> = { '1': 'lanczos', '2': 'bilinear', '3': 'bicubic' }

const HALVES = [0.5, 0.5, 0.5] as const

/**
 * Reads the preprocessing of the `pretrained_cfg` in timm's config.json. What it does not say is as for DINOv2 where
 * there is LayerScale, as in all of timm's DINOv2; else the native size and timm's own default colors
 * (IMAGENET_INCEPTION_MEAN and _STD in timm/models/vision_transformer.py).
 */
export function timmPreprocessing({ patch, positionGrid }: Architecture, layerScale: boolean, config: Config | undefined): Preprocessing {
  const said = (key: string): unknown => entry(config?.pretrained_cfg, key)
  const size = said('input_size')
  const native = layerScale && IMAGENET_PREPROCESSING.crop % patch === 0 ? IMAGENET_PREPROCESSING.crop : positionGrid[0] * patch
  const crop = (Array.isArray(size) ? count(size[1]) : undefined) ?? native
  const part = said('crop_pct')
  const filter = said('interpolation')
  const { shortest, crop: usual } = IMAGENET_PREPROCESSING
  return {
    shortest: typeof part === 'number' && part > 0 && part <= 1 ? Math.floor(crop / part) : Math.round((crop * shortest) / usual),
    crop,
    filter: filter === 'bilinear' || filter === 'lanczos' ? filter : 'bicubic',
    mean: triple(said('mean')) ?? (layerScale ? IMAGENET_PREPROCESSING.mean : HALVES),
    std: triple(said('std')) ?? (layerScale ? IMAGENET_PREPROCESSING.std : HALVES),
  }
}

function entry(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined
}

function triple(value: unknown): readonly [number, number, number] | undefined {
  return Array.isArray(value) && value.length === 3 && value.every((item) => typeof item === 'number')
    ? (value as [number, number, number])
    : undefined
}
