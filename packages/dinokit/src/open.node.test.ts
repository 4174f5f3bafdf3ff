import { openTensorFile, writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource, findModelCard, tensor, type AnyTensor, type Tokens } from '@dinokit/core'
import { TINY_ASSETS } from '@dinokit/model-tiny'
import type { ImageSource } from '@dinokit/runtime-node'
import { hasShared, largestDifference, ownGoldens, sharedPath } from '@dinokit/testing'
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectCheckpoint } from './inspect-checkpoint.ts'
import { open } from './open.ts'

const CAT = fileURLToPath(new URL('../../../examples/first-look/images/chelsea.jpg', import.meta.url))
const gray = (): ImageSource => ({ data: new Uint8Array(224 * 224 * 3).fill(128), width: 224, height: 224 })

/** Fields that the bare weights of the embedded model do not say. */
const TINY = { heads: 3, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

describe('open, with a file,', () => {
  test('gives the same tokens by a copy of the embedded weights, by path', async () => {
    const path = join(folder, 'copy.safetensors')
    await copyFile(fileURLToPath(TINY_ASSETS.weights), path)
    await using copy = await open({ model: path, card: TINY })
    await using tiny = await open()
    expect(copy.fingerprint().weights).toBe(tiny.fingerprint().weights)
    expect(copy.card.id).toBe('copy.safetensors')
    expect(largestDifference((await copy.embed(CAT)).patches.data, (await tiny.embed(CAT)).patches.data)).toBe(0)
  })

  test('opens a checkpoint in shards, in a folder with an index', async () => {
    const shards = join(folder, 'sharded')
    await mkdir(shards)
    const file = await openTensorFile(bytesSource('tiny', new Uint8Array(await readFile(TINY_ASSETS.weights))))
    const map: Record<string, string> = {}
    const parts: Record<string, Record<string, AnyTensor>> = { 'one.safetensors': {}, 'two.safetensors': {} }
    for (const [index, [name, stored]] of [...file.tensors].entries()) {
      map[name] = index % 2 === 0 ? 'one.safetensors' : 'two.safetensors'
      parts[map[name]]![name] = tensor('float32', await stored.readFloat32(), stored.shape)
    }
    for (const [name, tensors] of Object.entries(parts)) await writeFile(join(shards, name), writeSafetensors(tensors))
    await writeFile(join(shards, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }))
    await using sharded = await open({ model: shards, card: TINY })
    await using tiny = await open()
    expect(sharded.fingerprint().weights).toBe(tiny.fingerprint().weights)
    expect(largestDifference((await sharded.embed(CAT)).cls.data, (await tiny.embed(CAT)).cls.data)).toBe(0)
  })

  test('rejects a folder without weights, and a card without an address', async () => {
    const empty = join(folder, 'no-weights')
    await mkdir(empty)
    await expect(open({ model: empty })).rejects.toMatchObject({ code: 'file-not-found' })
    const card = findModelCard('tiny')
    await expect(open({ model: { ...card, id: 'mine' } })).rejects.toMatchObject({ code: 'model-unsupported' })
  })

  test('opens a card of one’s own, by name', async () => {
    const card = findModelCard('tiny')
    const own = { ...card, id: 'mine', weights: { kind: 'file', path: fileURLToPath(TINY_ASSETS.weights) } as const }
    await using vision = await open({ model: 'mine', cards: [own] })
    expect(vision.card.id).toBe('mine')
  })

  test.skipIf(!hasShared)('gives the tokens of a ready-made ONNX file, and says what it can’t give', async () => {
    const model = join(folder, 'hf')
    await cp(sharedPath('models/tiny14-huggingface'), model, { recursive: true })
    await using vision = await open({ model })
    expect((await vision.embed(CAT)).patches.shape).toEqual([16, 16, 192])
    const batched: Tokens[] = []
    for await (const { tokens } of vision.stream([CAT, gray()], { batch: 2 })) batched.push(tokens!)
    expect(largestDifference(batched[0]!.cls.data, (await vision.embed(CAT)).cls.data)).toBeLessThan(1e-3)
    for (const wanted of [{ layers: [1] }, { attention: [12] }, { facets: [1] }, { masks: true }]) {
      await expect(open({ model, ...wanted })).rejects.toMatchObject({ code: 'output-unavailable' })
    }
    await rm(join(model, 'config.json'))
    await expect(open({ model: join(model, 'onnx/model.onnx') })).rejects.toMatchObject({
      code: 'model-unsupported',
      message: expect.stringContaining('config.json') as string,
    })
  })

  test('rejects a path where nothing is', async () => {
    await expect(open({ model: './nothing.pth' })).rejects.toMatchObject({ code: 'file-not-found' })
  })
})

test('inspects a model with an adapter, and says where it is for another model', async () => {
  const at = (path: string): string => fileURLToPath(ownGoldens.address(`checkpoints/${path}`))
  const adapter = at('peft-lora/adapter')
  expect((await inspectCheckpoint(at('peft-lora/base'), { adapter })).card?.architecture.dim).toBe(32)
  expect((await inspectCheckpoint(at('fine-tuned-registers'), { adapter })).reason).toContain('is for another model')
})

test('rejects a folder of torch.distributed.checkpoint, naming what makes one file of it', async () => {
  const model = fileURLToPath(ownGoldens.address('checkpoints/other-forms/distributed'))
  await expect(open({ model })).rejects.toMatchObject({
    code: 'model-unsupported',
    message: expect.stringContaining('dcp_to_torch') as string,
  })
})

describe('rejects a model whose files do not fit together', () => {
  const shard = 'pytorch_model-00002-of-00002.bin'
  test.each<[what: string, change: (folder: string) => Promise<void>, code: string, says: readonly string[]]>([
    [
      'a truncated shard',
      async (folder) => writeFile(join(folder, shard), (await readFile(join(folder, shard))).subarray(0, -1000)),
      'checkpoint-invalid',
      [shard],
    ],
    ['a missing shard', (folder) => rm(join(folder, shard)), 'file-not-found', [shard]],
    [
      'a shard that lacks a tensor of the index',
      (folder) => copyFile(join(folder, shard.replace('00002-of', '00001-of')), join(folder, shard)),
      'tensor-missing',
      [shard, 'pytorch_model.bin.index.json'],
    ],
    [
      'a configuration of another depth',
      async (folder) => {
        const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object
        await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, num_hidden_layers: 12 }))
      },
      'model-unsupported',
      ['num_hidden_layers 12', 'the number of blocks 1'],
    ],
  ])('names %s', async (what, change, code, says) => {
    const model = join(folder, what.replaceAll(' ', '-'))
    await cp(fileURLToPath(ownGoldens.address('checkpoints/bin-shards')), model, { recursive: true })
    await change(model)
    const error: unknown = await open({ model }).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code })
    for (const said of says) expect(String(error)).toContain(said)
  })
})
