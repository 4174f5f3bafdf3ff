import { imagesIn, open } from 'dinokit'
import { openLanceStore } from '@dinokit/store-node'
import { sharedPath } from '@dinokit/testing'
import { trainedSmall } from '../speed.ts'
import type { Vectors } from './made-rows.ts'

/** Images that are embedded, at a size of little work. */
const IMAGES = 1500
const SIZE = 112

/**
 * Embeds images of ../shared by its ViT-S (384 numbers each), at 112x112, or reads the class tokens of a store.
 *
 * @param store - that was made before; undefined embeds images
 */
export async function realRows(store: string | undefined): Promise<Vectors> {
  if (store !== undefined) return storedRows(store)
  const model = trainedSmall()
  if (model === undefined) throw new Error('../shared is absent: name a store of real class tokens by --real.')
  await using vision = await open({ model, size: SIZE })
  const sources: string[] = []
  for await (const { source } of imagesIn(sharedPath('data/train'))) if (sources.push(source) === IMAGES) break
  const dim = vision.card.architecture.dim
  const data = new Float32Array(sources.length * dim)
  for await (const { index, tokens, error } of vision.stream(sources)) {
    if (error) throw error
    data.set(tokens.cls.data, index * dim)
  }
  return { data, dim }
}

async function storedRows(path: string): Promise<Vectors> {
  await using store = await openLanceStore(path)
  const [dim] = store.layout.tensors.cls as [number]
  const data = new Float32Array((await store.count()) * dim)
  let at = 0
  for await (const { tensors } of store.iterate({ fields: [], tensors: ['cls'], batch: 4096 })) {
    data.set(tensors.cls!.data, at)
    at += tensors.cls!.data.length
  }
  return { data, dim }
}
