import type { Tensor } from '@dinokit/core'

/** Rows and columns of a corner. */
const CORNER = 3

/** Share of attention on patches that lies on the four corners of 3x3 patches: of one map or of several, [...][rows][columns]. */
export function cornerShare({ data, shape }: Tensor): number {
  const [rows, columns] = shape.slice(-2) as [number, number]
  const near = (place: number, length: number): boolean => place < CORNER || place >= length - CORNER
  let [corners, all] = [0, 0]
  data.forEach((value, index) => {
    const place = index % (rows * columns)
    all += value
    if (near(Math.floor(place / columns), rows) && near(place % columns, columns)) corners += value
  })
  return corners / all
}
