import { parseFingerprint } from '@dinokit/core'
import type { StoreLayout } from '../contract/store-layout.ts'
import { countElements, STORE_VERSION } from '../contract/store-layout.ts'
import type { StoreRow } from '../contract/store.ts'

/** A layout for tests. */
export function makeLayout(changes: Partial<StoreLayout> = {}): StoreLayout {
  return {
    version: STORE_VERSION,
    fingerprint: parseFingerprint('tests', {
      model: 'tiny',
      weights: 'ab12',
      precision: 'float32',
      preprocessing: 'shortest256-crop224',
      interpolation: 'plain',
    }),
    size: 224,
    dtype: 'float32',
    tensors: { cls: [8], patches: [2, 3, 8], 'layer3.cls': [8], attention12: [2, 7, 7], 'mirrored.layer12.classAttention': [2, 2, 3] },
    ...changes,
  }
}

/** Rows for tests, from a number on: every third of the label `cat`, the others of none or `dog’s`, every fifth to validate on. */
export function makeRows(layout: StoreLayout, count: number, from = 0): StoreRow[] {
  return Array.from({ length: count }, (_, index) => makeRow(layout, from + index))
}

/** One of {@link makeRows}. */
export function makeRow(layout: StoreLayout, number: number, changes: Partial<StoreRow> = {}): StoreRow {
  return {
    id: `photos/it’s ${number}.jpg`,
    source: `/photos/it’s ${number}.jpg`,
    hash: number.toString(16).padStart(64, '0'),
    ...(number % 3 === 0 ? { label: 'cat' } : number % 3 === 1 ? { label: "dog's" } : {}),
    ...(number % 2 === 0 && { annotation: `/masks/${number}.png` }),
    split: number % 5 === 0 ? 'val' : 'train',
    placement: {
      source: { width: 640 + number, height: 480 },
      resized: { width: 341, height: 256 },
      left: 58,
      top: -16,
      input: { width: 224, height: 224 },
    },
    tensors: Object.fromEntries(
      Object.entries(layout.tensors).map(([name, shape], column) => {
        const data = Float32Array.from({ length: countElements(shape) }, (_, i) => Math.sin(number * 12.9898 + i * 78.233 + column))
        return [name, { dtype: 'float32', data, shape }]
      }),
    ),
    ...changes,
  }
}
