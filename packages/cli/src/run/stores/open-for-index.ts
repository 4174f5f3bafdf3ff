import type { Vision } from '@dinokit/core'
import type { ImageSource } from '@dinokit/runtime-node'
import { layoutFor, type StoreLayout } from '@dinokit/store'
import { open } from 'dinokit'
import { openOptions } from '../../options/image-options.ts'
import type { IndexOptions } from '../../options/index-options.ts'
import type { CommandContext } from '../../output/command-context.ts'

/** Opens the model that a store is filled with. */
export function openFor({ output, signal }: CommandContext, options: IndexOptions): Promise<Vision<ImageSource>> {
  const { size, layers, attention = [], classAttention = [] } = options
  const maps = [...new Set([...attention, ...classAttention])]
  return open({
    ...openOptions(options),
    ...(size !== undefined && { size }),
    ...(layers && { layers }),
    ...(maps.length > 0 && { attention: maps }),
    onProgress: output.onProgress,
    signal,
  })
}

/** The layout of a store for what was asked for. */
export function layoutOf(vision: Vision<ImageSource>, options: IndexOptions): StoreLayout {
  const { size, layers, attention, classAttention, flip, float16, patches, meanPatchToken } = options
  return layoutFor(vision, {
    ...(size !== undefined && { size }),
    ...(layers && { layers }),
    ...(attention && { attention }),
    ...(classAttention && { classAttention }),
    ...(patches && { patches }),
    ...(meanPatchToken && { patchMean: true }),
    ...(flip && { mirrored: flip }),
    dtype: float16 ? 'float16' : 'float32',
  })
}
