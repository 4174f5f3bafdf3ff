import { findModelCard } from '@dinokit/core'
import { expect, test } from 'vitest'
import { publishedHead, publishedNames } from './published-heads.ts'
import { spreadLayers } from './fine-tuned/spread-layers.ts'

const urlOf = (model: string, ...[task, name]: [Parameters<typeof publishedHead>[1], string]): string | undefined => {
  const reference = publishedHead(findModelCard(model), task, name)
  return reference?.kind === 'url' ? reference.url : undefined
}

test('finds the file that fits the backbone, whoever distributes it', () => {
  const base = 'https://dl.fbaipublicfiles.com/dinov2'
  expect(urlOf('dinov2_vits14', 'depth', 'nyu-dpt')).toBe(`${base}/dinov2_vits14/dinov2_vits14_nyu_dpt_head.pth`)
  expect(urlOf('dinov2-base', 'depth', 'kitti-linear4')).toBe(`${base}/dinov2_vitb14/dinov2_vitb14_kitti_linear4_head.pth`)
  expect(urlOf('dinov2-giant', 'segmentation', 'ade20k-ms')).toBe(`${base}/dinov2_vitg14/dinov2_vitg14_ade20k_ms_head.pth`)
  expect(urlOf('dinov2_vitl14_reg', 'classification', 'imagenet-linear')).toBe(`${base}/dinov2_vitl14/dinov2_vitl14_reg4_linear_head.pth`)
})

test('finds none for other backbones, and classification alone for those with registers', () => {
  expect(publishedNames(findModelCard('tiny'), 'depth')).toEqual([])
  expect(urlOf('dinov2_vits14_reg', 'depth', 'nyu-dpt')).toBeUndefined()
  expect(urlOf('dinov2_vits14', 'depth', 'toString')).toBeUndefined()
  expect(publishedNames(findModelCard('dinov2_vits14_reg'), 'classification')).toHaveLength(2)
})

test('finds none for weights of its shape that nobody knows, nor for its name with other weights', () => {
  const { weights, ...unknown } = findModelCard('dinov2_vits14')
  expect(weights).toBeDefined()
  for (const card of [unknown, { ...unknown, weights: { kind: 'file', path: 'dinov2_vits14.pth' } as const }]) {
    expect(publishedNames(card, 'depth')).toEqual([])
    expect(publishedHead(card, 'depth', 'nyu-dpt')).toBeUndefined()
  }
})

test('counts the layers of the depth heads from 1', () => {
  expect([12, 24, 40, 4].map(spreadLayers)).toEqual([
    [3, 6, 9, 12],
    [5, 12, 18, 24],
    [10, 20, 30, 40],
    [1, 2, 3, 4],
  ])
})
