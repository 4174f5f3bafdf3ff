import { openTensorFile, writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource, findModelCard, tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { readHeadFile } from '../read-head-file.ts'
import { ownClassifier } from './own-classifier.ts'

const card = findModelCard('tiny')

test.each([
  ['timm', '', ['head.weight', 'head_dist.weight']],
  ['huggingface', 'deit.', ['cls_classifier.weight', 'distillation_classifier.weight']],
] as const)('refuses two classifiers that answer together, by name: %s', async (layout, prefix, names) => {
  const weights = writeSafetensors(Object.fromEntries(names.map((name) => [name, tensor('float32', new Float32Array(384), [2, 192])])))
  const file = await openTensorFile(bytesSource('deit.safetensors', weights))
  await expect(ownClassifier({ file, layout, prefix, card })!.open()).rejects.toMatchObject({
    code: 'model-unsupported',
    message: expect.stringContaining('deit.safetensors has two classifiers') as string,
  })
})

test.each([
  ['transformers’ numbers for names', { id2label: { 0: 'LABEL_0', 1: 'LABEL_1' } }, undefined],
  ['names', { id2label: { 0: 'cat', 1: 'dog' } }, [{ name: 'cat' }, { name: 'dog' }]],
  ['no configuration', {}, undefined],
])('takes the classes’ names from the configuration: %s', async (_, config, classes) => {
  const weights = writeSafetensors({ 'classifier.weight': tensor('float32', new Float32Array(2 * 192), [2, 192]) })
  const file = await openTensorFile(bytesSource('model.safetensors', weights))
  const own = ownClassifier({ file, layout: 'huggingface', prefix: 'vit.', card, config })
  const head = await readHeadFile(await openTensorFile(await own!.open()))
  expect(head!.description.classes).toEqual(classes)
})

test.each([
  ['the maximum', { global_pool: 'max' }, 'by "max"'],
  ['the mean and the maximum', { global_pool: 'avgmax' }, 'by "avgmax"'],
  ['attention', { global_pool: 'map' }, 'by "map"'],
  ['no pooling', { global_pool: '' }, 'by ""'],
  ['the mean with registers', { global_pool: 'avg', model_args: { pool_include_prefix: true } }, 'by "avg with pool_include_prefix"'],
  ['what nothing says', {}, 'nothing says how it pools'],
])('rejects timm’s classifier of %s, by name', async (_, config, says) => {
  const weights = writeSafetensors({ 'head.weight': tensor('float32', new Float32Array(2 * 192), [2, 192]) })
  const file = await openTensorFile(bytesSource('model.safetensors', weights))
  const own = ownClassifier({ file, layout: 'timm', prefix: '', card, config })
  await expect(own!.open()).rejects.toMatchObject({ code: 'model-unsupported', message: expect.stringContaining(says) as string })
})
