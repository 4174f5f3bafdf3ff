import { bytesSource } from '@dinokit/core'
import { hasShared, largestDifference, ownGoldens, readShared } from '@dinokit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openTensorFile } from './open-tensor-file.ts'
import { pickleOf, zipOf } from './testing/make-pth.ts'

const FLOATS = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)

const open = (bytes: Uint8Array): ReturnType<typeof openTensorFile> => openTensorFile(bytesSource('x.pth', bytes))

describe('.pth', () => {
  test('reads tensors of nested dictionaries, views and transposes', async () => {
    const file = await open(
      zipOf([
        {
          name: 'x/data.pkl',
          bytes: pickleOf({
            model: {
              w: { key: '0', size: 6, offset: 0, shape: [2, 3], strides: [3, 1] },
              t: { key: '0', size: 6, offset: 0, shape: [3, 2], strides: [1, 3] },
              v: { key: '0', size: 6, offset: 4, shape: [2], strides: [1] },
            },
          }),
        },
        { name: 'x/data/0', bytes: FLOATS },
      ]),
    )
    const read = (name: string): Promise<number[]> =>
      file.tensors
        .get(name)!
        .readFloat32()
        .then((values) => [...values])
    expect([...file.tensors.keys()]).toEqual(['model.w', 'model.t', 'model.v'])
    expect(await read('model.w')).toEqual([1, 2, 3, 4, 5, 6])
    expect(await read('model.t')).toEqual([1, 4, 2, 5, 3, 6])
    expect(await read('model.v')).toEqual([5, 6])
  })

  const valid = { w: { key: '0', size: 6, offset: 0, shape: [6], strides: [1] } }
  const entries = (pickle: Uint8Array, storage = FLOATS): { name: string; bytes: Uint8Array }[] => [
    { name: 'x/data.pkl', bytes: pickle },
    { name: 'x/data/0', bytes: storage },
  ]

  test.each([
    [
      'a call of os.system',
      Uint8Array.from([
        0x80,
        2,
        ...new TextEncoder().encode('cos\nsystem\n'),
        ...new TextEncoder().encode('X\x04\0\0\0echo'),
        0x85,
        0x52,
        0x2e,
      ]),
    ],
    [
      'builtins.eval by STACK_GLOBAL',
      Uint8Array.from([
        0x80,
        4,
        0x8c,
        8,
        ...new TextEncoder().encode('builtins'),
        0x8c,
        4,
        ...new TextEncoder().encode('eval'),
        0x93,
        0x2e,
      ]),
    ],
    [
      'an object of subprocess.Popen by NEWOBJ',
      Uint8Array.from([0x80, 2, ...new TextEncoder().encode('csubprocess\nPopen\n'), 0x29, 0x81, 0x2e]),
    ],
    ['an instance (INST)', Uint8Array.from([0x80, 2, 0x28, ...new TextEncoder().encode('ios\nsystem\n'), 0x2e])],
    ['a reduction of something that is no function', Uint8Array.from([0x80, 2, 0x4b, 1, 0x29, 0x52, 0x2e])],
    ['an unknown instruction', Uint8Array.from([0x80, 2, 0xff, 0x2e])],
    ['an extension registry', Uint8Array.from([0x80, 2, 0x82, 1, 0x2e])],
  ])('rejects %s, and never runs it', async (_, pickle) => {
    await expect(open(zipOf(entries(pickle)))).rejects.toMatchObject({ code: 'checkpoint-unsafe' })
  })

  test.each([
    ['beyond its storage', { w: { ...valid.w, offset: 1 } }],
    ['with strides beyond it', { w: { ...valid.w, shape: [2, 3], strides: [6, 1] } }],
    ['larger than its entry', { w: { ...valid.w, size: 7, shape: [7] } }],
    ['of a shape that repeats one element for ever', { w: { ...valid.w, shape: [2 ** 31, 2 ** 20], strides: [0, 0] } }],
    ['of a shape whose product overflows', { w: { ...valid.w, shape: [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1], strides: [0, 0, 0] } }],
  ])('rejects a tensor %s before memory is taken', async (_, state) => {
    await expect(open(zipOf(entries(pickleOf(state))))).rejects.toMatchObject({ code: 'checkpoint-unsafe' })
  })

  test('reads a tensor that repeats an element (stride 0), within the length of the file', async () => {
    const file = await open(zipOf(entries(pickleOf({ ...valid, e: { key: '0', size: 6, offset: 1, shape: [3, 4], strides: [0, 0] } }))))
    expect([...(await file.tensors.get('e')!.readFloat32())]).toEqual(Array.from({ length: 12 }, () => 2))
  })

  test('passes over an object of no known class, by its name', async () => {
    const object = [...new TextEncoder().encode('cmine\nConfig\n'), 0x29, 0x81]
    const whole = pickleOf({ model: valid })
    // The dictionary's own pairs, then one more: 'x' and the object, before SETITEMS and STOP.
    const pickle = Uint8Array.from([...whole.subarray(0, -2), 0x58, 1, 0, 0, 0, 0x78, ...object, 0x75, 0x2e])
    const file = await open(zipOf(entries(pickle)))
    expect([...file.tensors.keys()]).toEqual(['model.w'])
    expect([...file.skipped!]).toEqual([['x', 'a Python object, mine.Config']])
  })

  test('rejects compressed entries, whatever they would inflate to', async () => {
    await expect(open(zipOf(entries(pickleOf(valid)), { method: 8 }))).rejects.toMatchObject({ code: 'checkpoint-unsafe' })
  })

  test('rejects a missing storage, a missing pickle and a truncated file', async () => {
    await expect(open(zipOf([{ name: 'x/data.pkl', bytes: pickleOf(valid) }]))).rejects.toMatchObject({ code: 'checkpoint-invalid' })
    await expect(open(zipOf([{ name: 'x/data/0', bytes: FLOATS }]))).rejects.toMatchObject({ code: 'checkpoint-invalid' })
    const whole = zipOf(entries(pickleOf(valid)))
    await expect(open(whole.subarray(0, whole.length - 30))).rejects.toMatchObject({ code: 'checkpoint-invalid' })
  })

  test('rejects a bare pickle, and a file of torch.save’s old format that ends too early', async () => {
    await expect(open(Uint8Array.of(0x80, 2, 0x7d, 0x2e, 0, 0, 0, 0, 0, 0))).rejects.toMatchObject({ code: 'checkpoint-invalid' })
    const magic = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e)
    await expect(open(magic)).rejects.toMatchObject({ code: 'checkpoint-invalid' })
  })

  test.each(['pickle-legacy', 'pickle-beside-5'])('ends every mutation of PyTorch’s own %s with a DinokitError at worst', async (form) => {
    const whole = await ownGoldens.read(`checkpoints/${form}/model.pth`)
    const places = fc.tuple(fc.nat(12_000), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.array(places, { minLength: 1, maxLength: 4 }), fc.nat(whole.length), async (changes, end) => {
        const bytes = whole.slice()
        for (const [at, value] of changes) bytes[at] = value
        for (const mutant of [bytes, bytes.subarray(0, end)]) {
          try {
            const file = await open(mutant)
            for (const { byteLength } of file.tensors.values()) expect(byteLength).toBeLessThanOrEqual(whole.length * 8)
          } catch (error) {
            expect(error).toMatchObject({ name: 'DinokitError' })
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('ends every mutation of a valid file with a DinokitError at worst', async () => {
    const whole = zipOf(entries(pickleOf({ a: valid, n: { b: valid.w } })))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(whole.length),
        async (changes, end) => {
          const bytes = whole.slice()
          for (const [at, value] of changes) bytes[at] = value
          for (const mutant of [bytes, bytes.subarray(0, end)]) {
            try {
              const file = await open(mutant)
              for (const stored of file.tensors.values()) expect((await stored.readBytes()).length).toBeLessThanOrEqual(whole.length)
            } catch (error) {
              expect(error).toMatchObject({ name: 'DinokitError' })
            }
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe.skipIf(!hasShared)('PyTorch’s own files: golden', () => {
  test.each(['mlp', 'mlp-reg4', 'swiglu', 'swiglu-reg4'])('reads backbone/%s/meta.pth', async (variant) => {
    const file = await open(await readShared(`golden/backbone/${variant}/meta.pth`))
    const hub = await openTensorFile(
      bytesSource('huggingface.safetensors', await readShared(`golden/backbone/${variant}/huggingface.safetensors`)),
    )
    for (const [meta, huggingFace] of [
      ['cls_token', 'embeddings.cls_token'],
      ['pos_embed', 'embeddings.position_embeddings'],
      ['patch_embed.proj.weight', 'embeddings.patch_embeddings.projection.weight'],
      ['blocks.2.norm2.bias', 'encoder.layer.2.norm2.bias'],
      ['norm.weight', 'layernorm.weight'],
    ] as const) {
      expect(largestDifference(await file.tensors.get(meta)!.readFloat32(), await hub.tensors.get(huggingFace)!.readFloat32()), meta).toBe(
        0,
      )
    }
  })

  test.each(['classify-linear1', 'depth-dpt', 'segment-ms'])('reads heads/%s.pth', async (name) => {
    const file = await open(await readShared(`golden/heads/${name}.pth`))
    expect(file.tensors.size).toBeGreaterThan(1)
    for (const stored of file.tensors.values()) expect((await stored.readBytes()).length).toBe(stored.byteLength)
  })
})
