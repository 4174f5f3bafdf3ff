import { MODEL_CARDS, type AssetReference, type ModelCard } from '@dinokit/core'
import type { HeadTask } from './head-file.ts'

const BASE = 'https://dl.fbaipublicfiles.com/dinov2'

/** Meta's file names (facebookresearch/dinov2, README.md), the one that is taken by default first. */
const FILES: Readonly<Record<HeadTask, Readonly<Record<string, string>>>> = {
  classification: { 'imagenet-linear4': 'linear4_head', 'imagenet-linear': 'linear_head' },
  segmentation: {
    'ade20k-ms': 'ade20k_ms_head',
    'ade20k-linear': 'ade20k_linear_head',
    'voc2012-ms': 'voc2012_ms_head',
    'voc2012-linear': 'voc2012_linear_head',
  },
  depth: {
    'nyu-linear4': 'nyu_linear4_head',
    'nyu-linear': 'nyu_linear_head',
    'nyu-dpt': 'nyu_dpt_head',
    'kitti-linear4': 'kitti_linear4_head',
    'kitti-linear': 'kitti_linear_head',
    'kitti-dpt': 'kitti_dpt_head',
  },
}

/** Meta's names of the published backbones, by their width. */
const BACKBONES: Readonly<Record<number, string>> = {
  384: 'dinov2_vits14',
  768: 'dinov2_vitb14',
  1024: 'dinov2_vitl14',
  1536: 'dinov2_vitg14',
}

/**
 * The names of the heads that Meta published for a backbone; none for other backbones, however alike: a head answers for the
 * weights that it was trained on. A backbone is known to be a published one by its card, which says that its weights are where
 * Meta or Hugging Face published them. With registers there are the classification heads alone.
 *
 * @param card - of the backbone
 * @param task - of the head
 */
export function publishedNames(card: ModelCard, task: HeadTask): string[] {
  return backboneName(card, task) === undefined ? [] : Object.keys(FILES[task])
}

/**
 * Where Meta published a head for a backbone.
 *
 * @param card - of the backbone
 * @param task - of the head
 * @param name - such as `nyu-dpt`
 * @returns undefined where there is no such head, or none for this backbone
 */
export function publishedHead(card: ModelCard, task: HeadTask, name: string): AssetReference | undefined {
  const backbone = backboneName(card, task)
  const file = Object.hasOwn(FILES[task], name) ? FILES[task][name] : undefined
  if (backbone === undefined || file === undefined) return undefined
  const registers = card.architecture.registers > 0 ? '_reg4' : ''
  return { kind: 'url', url: `${BASE}/${backbone}/${backbone}${registers}_${file}.pth` }
}

function backboneName({ id, weights, architecture: { dim, registers } }: ModelCard, task: HeadTask): string | undefined {
  if (registers > 0 && task !== 'classification') return undefined
  const known = weights && MODEL_CARDS.find((card) => card.id === id)?.weights
  return known && JSON.stringify(known) === JSON.stringify(weights) ? BACKBONES[dim] : undefined
}
