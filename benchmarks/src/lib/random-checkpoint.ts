import type { Architecture } from '@dinokit/core'
import { listParameters, storedNames, type Layout } from '@dinokit/vit'
import { open } from 'node:fs/promises'

/**
 * Writes a checkpoint of random weights as safetensors, a tensor at a time: large ones never fit into memory. Every
 * number is another (equal tensors would be kept once by the engine and so look smaller than they are), and small enough
 * for the network to stay finite.
 *
 * @param path - of the file
 * @param architecture - of the network
 * @param layout - whose names and shapes
 * @returns length of the tensors in bytes
 */
export async function writeRandomCheckpoint(path: string, architecture: Architecture, layout: Layout): Promise<number> {
  const tensors = listParameters(architecture).flatMap(({ name, shape }) => {
    const stored = storedNames(layout, name)
    return stored.map((of) => ({
      name: of,
      kind: name,
      shape: stored.length === 1 ? shape : [shape[0]! / stored.length, ...shape.slice(1)],
    }))
  })
  const header: Record<string, unknown> = {}
  let end = 0
  for (const { name, shape } of tensors) {
    const length = count(shape) * 4
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + length] }
    end += length
  }
  const json = Buffer.from(JSON.stringify(header))
  const head = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ')
  head.writeBigUInt64LE(BigInt(head.length - 8))
  json.copy(head, 8)
  await using file = await open(path, 'w')
  await file.writeFile(head)
  let state = 1
  for (const { kind, shape } of tensors) {
    const values = new Float32Array(count(shape))
    const [center, spread] = /norm\d?\.weight$|gamma$/.test(kind) ? [1, 0.05] : [0, 0.04]
    for (let i = 0; i < values.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      values[i] = center + spread * (state / 2 ** 31)
    }
    await file.writeFile(new Uint8Array(values.buffer))
  }
  return end
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}
