import { IMAGENET_PREPROCESSING, type Architecture, type CardFields, type Preprocessing } from '@dinokit/core'
import type { Config } from './huggingface-config.ts'

/**
 * Reads the preprocessing from Hugging Face's preprocessor_config.json. Most do not say who resizes: transformers 4 and 5 write the
 * same name for Pillow and for torchvision (decisions/0068).
 */
export function processorFields(config: Config): CardFields {
  const shortest = count(entry(config.size, 'shortest_edge'))
  const crop = count(entry(config.crop_size, 'height'))
  const filter = FILTERS[String(config.resample)]
  const plain = config.do_normalize === false
  const mean = plain ? ZEROS : numbers(config.image_mean)
  const std = plain ? ONES : numbers(config.image_std)
  const resampler = resamplerOf(config.image_processor_type)
  return {
    ...(shortest && { shortest }),
    ...(crop && { crop, cropStart: 'floor' }),
    ...(filter && { filter }),
    ...(mean && { mean }),
    ...(std && { std }),
    ...(resampler && { resampler }),
  }
}

/** Resampler that a name such as `BitImageProcessorFast` or `BitImageProcessorPil` says. */
function resamplerOf(type: unknown): CardFields['resampler'] {
  if (typeof type !== 'string') return undefined
  return type.endsWith('Fast') ? 'torchvision' : type.endsWith('Pil') ? 'pillow' : undefined
}

/** Pillow's numbers of the filters (PIL.Image.Resampling). */
const FILTERS: Readonly<Record<string, Preprocessing['filter']>> = { '1': 'lanczos', '2': 'bilinear', '3': 'bicubic' }

const ZEROS = [0, 0, 0] as const
const ONES = [1, 1, 1] as const

/** Reads the preprocessing from the `pretrained_cfg` of timm's config.json. */
export function timmProcessorFields(config: Config): CardFields {
  const said = (key: string): unknown => entry(config.pretrained_cfg, key)
  const size = said('input_size')
  const crop = Array.isArray(size) ? count(size[1]) : undefined
  const part = said('crop_pct')
  const filter = said('interpolation')
  const [mean, std] = [numbers(said('mean')), numbers(said('std'))]
  return {
    ...(crop && { crop }),
    ...(crop && typeof part === 'number' && part > 0 && part <= 1 && { shortest: Math.floor(crop / part) }),
    ...((filter === 'bilinear' || filter === 'lanczos' || filter === 'bicubic') && { filter }),
    ...(mean && { mean }),
    ...(std && { std }),
  }
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
