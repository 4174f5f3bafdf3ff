import { decodeText, DinokitError, type ByteSource } from '@dinokit/core'
import { invalid, unsafe } from './lib/refuse.ts'
import { openTensorFile } from './open-tensor-file.ts'
import type { StoredTensor, TensorFile } from './tensor-file.ts'

const LONGEST_INDEX = 100_000_000

/**
 * Opens a checkpoint that is split over several files, by its index (`model.safetensors.index.json`, `pytorch_model.bin.index.json`).
 *
 * @param index - the index file; closed when it is read
 * @param openShard - opens a file beside the index, by its bare name; each is opened once
 * @throws DinokitError as {@link openTensorFile}; `checkpoint-unsafe` where a shard's name leaves the folder;
 *   `tensor-missing` where a shard lacks what the index says it has
 */
export async function readShardedTensors(index: ByteSource, openShard: (name: string) => Promise<ByteSource>): Promise<TensorFile> {
  const shardOf = await readIndex(index)
  const shards = new Map<string, TensorFile>()
  const close = async (): Promise<void> => {
    await Promise.all(Array.from(shards.values(), (shard) => shard.close()))
  }
  const tensors = new Map<string, StoredTensor>()
  try {
    for (const [name, file] of shardOf) {
      const shard = shards.get(file) ?? (await openTensorFile(await openShard(file)))
      shards.set(file, shard)
      const tensor = shard.tensors.get(name)
      if (!tensor)
        throw new DinokitError('tensor-missing', `${shard.name} has no tensor ${name}.`, { expected: `${name}, as ${index.name} says` })
      tensors.set(name, tensor)
    }
  } catch (error) {
    await close()
    throw error
  }
  const [first] = shards.values()
  return { name: index.name, format: first?.format ?? 'safetensors', metadata: {}, tensors, close }
}

async function readIndex(index: ByteSource): Promise<Map<string, string>> {
  if (index.size > LONGEST_INDEX) throw unsafe(index.name, `has ${index.size} bytes`, `an index of at most ${LONGEST_INDEX}`)
  let parsed: unknown
  try {
    parsed = JSON.parse(decodeText(index.name, await index.read(0, index.size), 'checkpoint-invalid'))
  } catch (error) {
    if (DinokitError.is(error)) throw error
    throw invalid(index.name, 'is not JSON', 'an index of shards')
  } finally {
    await index.close()
  }
  const map = (parsed as { weight_map?: unknown } | null)?.weight_map
  if (typeof map !== 'object' || map === null) throw invalid(index.name, 'has no weight_map', 'an index of shards')
  for (const file of Object.values(map)) {
    if (typeof file !== 'string' || !/^[^/\\:\0]+$/.test(file) || file === '.' || file === '..') {
      throw unsafe(index.name, `names a shard ${JSON.stringify(file)}`, 'the bare name of a file beside it')
    }
  }
  return new Map(Object.entries(map as Record<string, string>))
}
