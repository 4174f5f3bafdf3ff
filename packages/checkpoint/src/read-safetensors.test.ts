import { bytesSource, tensor, type ByteSource } from '@dinokit/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBfloat16, fromFloat16, toFloat16 } from './float16.ts'
import { openTensorFile } from './open-tensor-file.ts'
import { readSafetensors } from './read-safetensors.ts'
import { readShardedTensors } from './read-sharded-tensors.ts'
import { writeSafetensors } from './write-safetensors.ts'

const TENSORS = {
  a: tensor('float32', Float32Array.of(1, -2, 3.5, 4, 5, 6), [2, 3]),
  'b.c': tensor('float16', Uint16Array.of(0x3c00, 0xc000), [2]),
  d: tensor('uint8', Uint8Array.of(7), [1]),
  empty: tensor('float32', new Float32Array(), [0, 4]),
}

/** A file with a header of our own making and `length` bytes of tensors. */
function file(header: string, length = 0): Uint8Array {
  const json = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + json.length + length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}

const source = (bytes: Uint8Array, name = 'x.safetensors'): ByteSource => bytesSource(name, bytes)

describe('safetensors', () => {
  test('reads what was written, from a part of a larger buffer too', async () => {
    const written = writeSafetensors(TENSORS, { who: 'me', __proto__x: 'y' })
    const pool = new Uint8Array(written.length + 64)
    pool.set(written, 13)
    for (const bytes of [written, pool.subarray(13, 13 + written.length)]) {
      const read = await openTensorFile(source(bytes))
      expect(read.metadata).toEqual({ who: 'me', __proto__x: 'y' })
      expect([...read.tensors.keys()].sort()).toEqual(Object.keys(TENSORS).sort())
      expect(read.tensors.get('a')).toMatchObject({ dtype: 'F32', shape: [2, 3], byteLength: 24 })
      expect(await read.tensors.get('a')!.readFloat32()).toEqual(TENSORS.a.data)
      expect(await read.tensors.get('a')!.readFloat32(0, 2)).toEqual(Float32Array.of(1, -2))
      expect(await read.tensors.get('a')!.readFloat32(1, 9)).toEqual(TENSORS.a.data.subarray(1))
      expect(await read.tensors.get('b.c')!.readFloat32()).toEqual(Float32Array.of(1, -2))
      await expect(read.tensors.get('d')!.readFloat32()).rejects.toMatchObject({ code: 'tensor-invalid' })
    }
  })

  test('reads a header of any length, also one that begins like a pickle', async () => {
    const entry = '{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    const header = `${entry.padEnd(0x0280 - 1)}}`
    expect((await openTensorFile(source(file(header, 4)))).tensors.size).toBe(1)
  })

  const entry = (start: number, end: number, shape = `[${(end - start) / 4}]`, dtype = 'F32'): string =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${start},${end}]}`

  test.each([
    ['an empty file', new Uint8Array(), 'checkpoint-invalid'],
    ['seven bytes', new Uint8Array(7), 'checkpoint-invalid'],
    ['a web page', new TextEncoder().encode('<!DOCTYPE html><html>not found</html>'), 'checkpoint-invalid'],
    ['a Git LFS pointer', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:0'), 'checkpoint-invalid'],
    ['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13), 'checkpoint-invalid'],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70, 0, 1), 'checkpoint-invalid'],
    ['a header longer than the file', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 0x7b, 0x7d), 'checkpoint-invalid'],
    ['no JSON', file('{"a":'), 'checkpoint-invalid'],
    ['a list', file('[1,2]'), 'checkpoint-invalid'],
    ['an unknown element type', file(`{"a":${entry(0, 4, '[1]', 'F8')}}`, 4), 'checkpoint-invalid'],
    ['overlapping tensors', file(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12), 'checkpoint-unsafe'],
    ['a hole between tensors', file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12), 'checkpoint-unsafe'],
    ['a shape that does not fit its bytes', file(`{"a":${entry(0, 8, '[3]')}}`, 8), 'checkpoint-unsafe'],
    ['a shape that overflows', file(`{"a":${entry(0, 4, '[4294967296,4294967296]')}}`, 4), 'checkpoint-unsafe'],
    ['a negative shape', file(`{"a":${entry(0, 4, '[-1]')}}`, 4), 'checkpoint-unsafe'],
    ['offsets beyond the file', file(`{"a":${entry(0, 400)}}`, 4), 'checkpoint-invalid'],
    ['offsets backwards', file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[8,4]}}', 8), 'checkpoint-unsafe'],
    ['a tensor described twice', file(`{"a":${entry(0, 4)},"\\u0061":${entry(0, 4)}}`, 4), 'checkpoint-unsafe'],
    ['bytes after the last tensor', file(`{"a":${entry(0, 4)}}`, 8), 'checkpoint-invalid'],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}'), 'checkpoint-invalid'],
  ])('rejects %s', async (_, bytes, code) => {
    await expect(openTensorFile(source(bytes))).rejects.toMatchObject({ code, name: 'DinokitError' })
  })

  test('takes no memory for a lying header: of a file of terabytes it reads the header alone', async () => {
    let read = 0
    const huge: ByteSource = {
      name: 'huge.safetensors',
      size: 2 ** 42,
      read: async (_offset, length) => {
        read += length
        const head = new Uint8Array(64)
        new DataView(head.buffer).setBigUint64(0, 2n ** 40n, true)
        return head.subarray(0, length)
      },
      close: async () => {},
    }
    await expect(openTensorFile(huge)).rejects.toMatchObject({ code: 'checkpoint-unsafe' })
    expect(read).toBeLessThan(1000)
  })

  test('ends every mutation of a valid file with a DinokitError at worst', async () => {
    const valid = writeSafetensors(TENSORS, { who: 'me' })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(valid.length),
        async (changes, end) => {
          const bytes = valid.slice()
          for (const [at, value] of changes) bytes[at] = value
          for (const mutant of [bytes, bytes.subarray(0, end)]) await readAll(mutant)
        },
      ),
      { numRuns: 1500 },
    )
  })
})

async function readAll(bytes: Uint8Array): Promise<void> {
  try {
    const read = await openTensorFile(source(bytes))
    for (const stored of read.tensors.values()) expect((await stored.readBytes()).length).toBe(stored.byteLength)
  } catch (error) {
    expect(error).toMatchObject({ name: 'DinokitError' })
  }
}

describe('shards', () => {
  const shards: Record<string, Uint8Array> = {
    'one.safetensors': writeSafetensors({ a: TENSORS.a }),
    'two.safetensors': writeSafetensors({ d: TENSORS.d }),
  }
  const index = (map: unknown): ByteSource => source(new TextEncoder().encode(JSON.stringify({ weight_map: map })), 'index.json')
  const open =
    (opened: string[] = []) =>
    async (name: string): Promise<ByteSource> => {
      opened.push(name)
      return source(shards[name]!, name)
    }

  test('are one file, each opened once', async () => {
    const opened: string[] = []
    const read = await readShardedTensors(index({ a: 'one.safetensors', d: 'two.safetensors' }), open(opened))
    expect(await read.tensors.get('a')!.readFloat32()).toEqual(TENSORS.a.data)
    expect(opened).toEqual(['one.safetensors', 'two.safetensors'])
    await read.close()
  })

  test.each(['../one.safetensors', '/etc/passwd', 'a/b.safetensors', 'a\\b', '..', '', 'C:x', 7])(
    'are rejected before one is opened: %j',
    async (name) => {
      const opened: string[] = []
      await expect(readShardedTensors(index({ a: name }), open(opened))).rejects.toMatchObject({ code: 'checkpoint-unsafe' })
      expect(opened).toEqual([])
    },
  )

  test('names a tensor that its shard lacks', async () => {
    await expect(readShardedTensors(index({ a: 'two.safetensors' }), open())).rejects.toMatchObject({ code: 'tensor-missing' })
  })

  test('rejects an invalid index', async () => {
    for (const text of ['', '[]', '{}', 'null', '{"weight_map":3}']) {
      await expect(readShardedTensors(source(new TextEncoder().encode(text)), open())).rejects.toMatchObject({
        code: 'checkpoint-invalid',
      })
    }
  })
})

describe('the conversion of 16-bit floats', () => {
  test('takes every half to float32 and back', () => {
    const halves = Uint16Array.from({ length: 65_536 }, (_, bits) => bits).filter((bits) => (bits & 0x7fff) <= 0x7c00)
    expect(toFloat16(fromFloat16(halves))).toEqual(halves)
  })

  test('gives known values, and rounds to the nearest, ties to even', () => {
    expect([...fromFloat16(Uint16Array.of(0x3555, 0x0001, 0x03ff, 0x7bff, 0xfc00))]).toEqual([
      0.333251953125,
      2 ** -24,
      1023 * 2 ** -24,
      65_504,
      -Infinity,
    ])
    expect([...toFloat16(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65_519, 65_520, 2 ** -25, 3 * 2 ** -25, 1e-30))]).toEqual([
      0x3c00, 0x3c02, 0x7bff, 0x7c00, 0, 2, 0,
    ])
    expect(fromFloat16(toFloat16(Float32Array.of(NaN)))[0]).toBeNaN()
  })

  test('reads bfloat16 as the upper half of a float32', () => {
    expect([...fromBfloat16(Uint16Array.of(0x3f80, 0xc040, 0x7f80))]).toEqual([1, -3, Infinity])
  })
})

test('reads nothing of the tensors when a file is opened', async () => {
  const bytes = writeSafetensors({ a: tensor('float32', new Float32Array(100_000), [100_000]) })
  let read = 0
  const counted: ByteSource = { ...source(bytes), read: (offset, length) => ((read += length), source(bytes).read(offset, length)) }
  await readSafetensors(counted)
  expect(read).toBeLessThan(500)
})
