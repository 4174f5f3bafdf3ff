import { DinokitError, type EmbeddingKind } from '@dinokit/core'
import { MIRRORED, type Store, type StoreLayout } from '@dinokit/store'

/** A part of a layer’s tokens, as stores name it. */
export type StoredPart = 'cls' | 'patches' | 'patchMean' | 'classAttention'

/**
 * The layers of which a store holds a part.
 *
 * @param layout - of the store
 * @param part - of a layer’s tokens
 * @param depth - number of the model’s layers: the last one is kept under the part’s own name
 * @returns layers by number, counted from 1, the last one last
 */
export function storedLayers({ tensors }: StoreLayout, part: StoredPart, depth: number): number[] {
  const found = new Set(part in tensors ? [depth] : [])
  for (const name of Object.keys(tensors)) {
    const [, layer] = new RegExp(`^layer(\\d+)\\.${part}$`).exec(name) ?? []
    if (layer !== undefined) found.add(Number(layer))
  }
  return [...found].sort((a, b) => a - b)
}

/**
 * Kind of the vector that stands for an image in a store: classifiers look at what it is made of.
 *
 * @param layout - of the store
 */
export function embeddingIn({ tensors, fingerprint }: StoreLayout): EmbeddingKind {
  return 'embedding' in tensors ? (fingerprint.pooling as EmbeddingKind) : 'class'
}

/**
 * The name under which a store holds a part of a layer.
 *
 * @param layout - of the store
 * @param layer - counted from 1
 * @param part - of its tokens
 * @param depth - number of the model’s layers
 * @throws DinokitError `tensor-missing` where it does not hold it
 */
export function storedName(layout: StoreLayout, layer: number, part: StoredPart, depth: number): string {
  const name = [`layer${layer}.${part}`, ...(layer === depth ? [part] : [])].find((name) => name in layout.tensors)
  if (name !== undefined) return name
  throw new DinokitError('tensor-missing', `The store holds no ${part} of layer ${layer}.`, {
    given: Object.keys(layout.tensors).join(', '),
    expected: `${part} of layers ${storedLayers(layout, part, depth).join(', ') || '(none)'}`,
    hint: `Index the images into another store with ${FLAGS[part](layer)}.`,
  })
}

/**
 * The name under which a store holds a tensor of the image, or of the mirrored one.
 *
 * @param name - of the image’s
 * @param mirrored - which is meant
 */
export function storedAs(name: string, mirrored: boolean): string {
  return mirrored ? `${MIRRORED}${name}` : name
}

/**
 * Refuses a store that lacks tensors of mirrored images.
 *
 * @param store - to look into
 * @param names - of the images’ tensors
 * @throws DinokitError `tensor-missing`
 */
export function assertMirrored({ name, layout: { tensors } }: Store, names: readonly string[]): void {
  const missing = names.find((part) => !(storedAs(part, true) in tensors))
  if (missing === undefined) return
  throw new DinokitError('tensor-missing', `The store ${name} holds no ${missing} of mirrored images.`, {
    given: Object.keys(tensors).join(', '),
    expected: storedAs(missing, true),
    hint: 'Index the images into another store with --flip.',
  })
}

/** The options of `dinokit index` that keep a part of a layer. */
const FLAGS: Readonly<Record<StoredPart, (layer: number) => string>> = {
  cls: (layer) => `--layers ${layer}`,
  patches: (layer) => `--layers ${layer} and --patches`,
  patchMean: (layer) => `--layers ${layer} and --mean-patch-token`,
  classAttention: (layer) => `--class-attention ${layer}`,
}
