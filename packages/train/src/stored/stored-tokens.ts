import { tensor, type LayerTokens, type Tensor, type Tokens } from '@dinokit/core'
import type { HeadInput } from '@dinokit/head-kit'
import type { RowInfo, Store } from '@dinokit/store'
import { assertFinite } from './read-classification.ts'
import { storedName } from './stored-layers.ts'

/** A row with the tokens that a head reads. */
export interface RowTokens {
  readonly row: RowInfo
  readonly tokens: Tokens
}

/** Rows that are read at a time. */
const BATCH = 8

/**
 * Reads the tokens of rows as a head wants them: what it does not read is empty.
 *
 * @param store - stays the caller’s
 * @param ids - of the rows
 * @param input - of the head: layers, parts
 * @param depth - number of the model’s layers
 * @throws DinokitError `tensor-missing` where the store lacks what the head reads, `tensor-invalid`
 */
export async function* storedTokens(
  store: Store,
  ids: readonly string[],
  { layers, tokens: kinds }: Pick<HeadInput, 'layers' | 'tokens'>,
  depth: number,
): AsyncGenerator<RowTokens, void, undefined> {
  const { layout } = store
  const dim = layout.tensors.cls![0]!
  const parts = layers.map((layer) => ({
    layer,
    ...(kinds.includes('cls') && { cls: storedName(layout, layer, 'cls', depth) }),
    ...(kinds.includes('patches') && { patches: storedName(layout, layer, 'patches', depth) }),
    ...(kinds.includes('attention') && { attention: storedName(layout, layer, 'classAttention', depth) }),
    ...(kinds.includes('mean') && layer === layers.at(-1) && { mean: storedName(layout, layer, 'patchMean', depth) }),
  }))
  const names = parts.flatMap(({ cls, patches, attention, mean }) => [cls, patches, attention, mean].filter((name) => name !== undefined))
  const empty: LayerTokens = { cls: zeros([0]), registers: zeros([0, dim]), patches: zeros([0, 0, dim]) }
  for (let start = 0; start < ids.length; start += BATCH) {
    const { rows, tensors } = await store.get(ids.slice(start, start + BATCH), { tensors: names })
    assertFinite(tensors, rows, store.name)
    for (const [index, row] of rows.entries()) {
      const read = (name: string): Tensor => {
        const { data, shape } = tensors[name]!
        const width = data.length / rows.length
        return tensor('float32', data.slice(index * width, (index + 1) * width), shape.slice(1))
      }
      const found = Object.fromEntries(
        parts.map(({ layer, cls, patches, mean }) => {
          const grid = patches !== undefined ? read(patches) : mean !== undefined ? asGrid(read(mean)) : empty.patches
          return [layer, { ...empty, ...(cls !== undefined && { cls: read(cls) }), patches: grid }]
        }),
      )
      const maps = parts.flatMap(({ layer, attention }) => (attention === undefined ? [] : [[layer, read(attention)] as const]))
      const tokens = {
        ...(found[depth] ?? empty),
        // Heads name the parts that they read.
        embedding: empty.cls,
        ...(maps.length > 0 && { patches: zeros([...maps[0]![1].shape.slice(1), 0]) }),
        layers: found,
        attention: Object.fromEntries(maps.map(([layer, map]) => [layer, asAttention(map)])),
        rawLayers: {},
        facets: {},
        timing: { decode: 0, preprocess: 0, run: 0 },
        placement: row.placement,
        fingerprint: layout.fingerprint,
      }
      yield { row, tokens }
    }
  }
}

function zeros(shape: readonly number[]): Tensor {
  return tensor('float32', new Float32Array(0), shape)
}

/** The mean of one patch is that patch. */
function asGrid({ data }: Tensor): Tensor {
  return tensor('float32', data, [1, 1, data.length])
}

/** Attention [heads][1][patches] of the class token alone, of what stores keep of it: the core’s `classAttention` undoes it. */
function asAttention({ data, shape }: Tensor): Tensor {
  const patches = shape[1]! * shape[2]!
  return tensor(
    'float32',
    data.map((value) => value / patches),
    [shape[0]!, 1, patches],
  )
}
