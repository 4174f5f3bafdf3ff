import type { Tensor } from '@dinokit/core'
import { countElements, type StoreLayout } from '../contract/store-layout.ts'

/** One row’s tensors, as views of columns. */
export function rowsOf(columns: Readonly<Record<string, Float32Array>>, row: number, { tensors }: StoreLayout): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, shape]) => {
      const width = countElements(shape)
      return [name, { dtype: 'float32', data: columns[name]!.subarray(row * width, (row + 1) * width), shape }]
    }),
  )
}
