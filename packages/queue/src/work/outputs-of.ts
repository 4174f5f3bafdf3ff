import type { InputSize } from '@dinokit/core'
import type { StoreLayout } from '@dinokit/store'

/** Outputs that a model is opened with. */
export interface StoreOutputs {
  readonly size: InputSize
  readonly layers?: number[]
  readonly attention?: number[]
}

/**
 * Outputs that a store keeps: what to open its model with, `open({ model, ...outputsOf(layout) })`.
 *
 * @param layout - of the store
 */
export function outputsOf({ size, tensors }: StoreLayout): StoreOutputs {
  const [layers, attention] = [new Set<number>(), new Set<number>()]
  for (const name of Object.keys(tensors)) {
    const [, layer, part] = /(?:^|\.)layer(\d+)\.(.+)$/.exec(name) ?? []
    const [, map] = /(?:^|\.)attention(\d+)$/.exec(name) ?? []
    if (map !== undefined) attention.add(Number(map))
    else if (part === 'classAttention') attention.add(Number(layer))
    else if (layer !== undefined) layers.add(Number(layer))
  }
  const sorted = (some: Set<number>): number[] => [...some].sort((a, b) => a - b)
  return { size, ...(layers.size > 0 && { layers: sorted(layers) }), ...(attention.size > 0 && { attention: sorted(attention) }) }
}
