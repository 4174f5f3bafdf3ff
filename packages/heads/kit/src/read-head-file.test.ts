import { readSafetensors } from '@dinokit/checkpoint'
import { bytesSource } from '@dinokit/core'
import { ownGoldens } from '@dinokit/testing'
import { expect, test } from 'vitest'
import type { HeadFile } from './head-file.ts'
import { readHeadFile } from './read-head-file.ts'
import { writeHeadFile } from './write-head-file.ts'

async function read(bytes: Uint8Array): Promise<HeadFile> {
  return (await readHeadFile(await readSafetensors(bytesSource('a head', bytes))))!
}

/** Whether the tensors are those of a file, bit for bit. */
async function expectTensors({ tensors }: HeadFile, path: string): Promise<void> {
  const expected = Object.entries(await ownGoldens.tensors(path)).map(([name, { data, shape }]) => [name, { shape, data }] as const)
  expect([...tensors].sort()).toEqual(expected.sort())
}

test('reads a classifier of format 1 as it was trained, and writes it as a file of today', async () => {
  const path = 'old/classification-1.safetensors'
  const head = await read(await ownGoldens.read(path))
  await expectTensors(head, path)
  expect(head.description).toMatchObject({
    format: 2,
    task: 'classification',
    backbone: { model: 'tiny', dim: 192 },
    input: { layers: [12], norm: true, tokens: ['cls'], size: { width: 28, height: 28 } },
    network: [{ kind: 'linear' }],
    classes: [{ name: 'living' }, { name: 'made' }],
    card: { seed: 0, method: 'logistic' },
  })
  expect(await read(writeHeadFile(head))).toEqual(head)
})

test('reads colors and the license of format 1, which were spelled otherwise', async () => {
  const path = 'old/segmentation-1.safetensors'
  const head = await read(await ownGoldens.read(path))
  await expectTensors(head, path)
  const { classes, card } = head.description
  expect(classes).toEqual([{ name: 'wall', id: '1', color: [120, 121, 122] }, { name: 'floor' }])
  expect(card).toEqual({ data: 'none', license: 'Apache-2.0', seed: 1 })
  expect(await read(writeHeadFile(head))).toEqual(head)
})
