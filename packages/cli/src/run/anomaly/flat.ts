import { tensor, type Tensor } from '@dinokit/core'

/** [rows][columns][dim] as [patches][dim]. */
export function flat({ data, shape: [rows, columns, dim] }: Tensor): Tensor {
  return tensor('float32', data, [rows! * columns!, dim!])
}
